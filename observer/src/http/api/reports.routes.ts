import { AppError } from "@kontor/kit/errors";
import { defineRoute, type Route } from "@kontor/kit/http/route";
import type { Response } from "express";
import { z } from "zod";
import type { ReportMaker } from "../../engine/report-maker.ts";
import { readRange } from "../../reports/read-range.ts";
import {
  type ReportFile,
  type ReportFormat,
  reportFormats,
  toReportFile,
} from "../../reports/report-files.ts";
import { type OptimisationReport, optimisationReportSchema } from "../../reports/report-schema.ts";
import type { ScheduledReport } from "../../state/scheduled-reports.ts";
import { toTime } from "./schemas.ts";

export interface ReportQueries {
  readonly maker: ReportMaker;
  /** Those that were made on a schedule, newest first; at most `limit`, 1..1000. */
  listScheduledReports(limit: number): Promise<readonly ScheduledReport[]>;
  /** @param id a UUID; @returns undefined where there is none */
  getScheduledReport(id: string): Promise<OptimisationReport | undefined>;
}

const otherTypes = ["text/markdown", "text/html", "application/pdf"];
const format = z.enum(reportFormats).default("json");
const scheduledSchema = z.object({
  id: z.string(),
  schedule: z.string(),
  dueAt: z.string(),
  from: z.string(),
  to: z.string(),
  headline: z.string(),
  tone: z.string(),
  madeAt: z.string(),
  /** Null while it waits to be sent. */
  sentAt: z.string().nullable(),
  /** Why the last attempt failed; null where it did not. */
  error: z.string().nullable(),
});

/**
 * The optimisation report of any time as JSON, Markdown, HTML or PDF; without a range, of the last 24 hours. And those that were made on a
 * schedule, as they were sent.
 *
 * @param now ms since the epoch
 */
export function reportRoutes(
  queries: ReportQueries,
  now: () => number,
  notFound: (what: string, id: string) => Error,
): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/reports",
      summary: "Reports that were made on a schedule, newest first",
      tags: ["reports"],
      query: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(50) }),
      responses: { 200: z.object({ reports: z.array(scheduledSchema) }) },
      access: "public",
      handle: async ({ query }) => ({
        reports: (await queries.listScheduledReports(query.limit)).map(toScheduledView),
      }),
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/reports/optimisation",
      summary: "What costs most, what was done about it and what it brought; as JSON, Markdown, HTML or PDF",
      otherTypes,
      tags: ["reports"],
      query: z.object({
        format,
        /** ISO 8601 with offset, or `now-24h`. */
        from: z.string().optional(),
        to: z.string().optional(),
      }),
      responses: { 200: optimisationReportSchema },
      access: "public",
      handle: async ({ query, res, signal }) => {
        const range = readRange(query.from, query.to, now());
        if ("problem" in range) {
          const details = { parameter: range.parameter };
          throw new AppError("invalid", "reports.range", range.problem, { details });
        }
        return queries.maker.makeToWrite(range, query.format, async (report, writer) =>
          signal.aborted ? undefined : answer(report, await writer.write(report), query.format, res),
        );
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/v1/reports/:id",
      summary: "A report that was made on a schedule, as it was sent",
      problems: { 404: "There is no such report" },
      otherTypes,
      tags: ["reports"],
      params: z.object({ id: z.uuid() }),
      query: z.object({ format }),
      responses: { 200: optimisationReportSchema },
      access: "public",
      handle: async ({ params: { id }, query, res }) => {
        const report = await queries.getScheduledReport(id);
        if (report === undefined) throw notFound("report", id);
        return answer(report, await toReportFile(report, query.format), query.format, res);
      },
    }),
  ];
}

/** Shown where the reader can show it; saved under a name that tells what it is. */
async function answer(
  report: OptimisationReport,
  { name, contentType, bytes }: ReportFile,
  wanted: ReportFormat,
  res: Response,
): Promise<OptimisationReport | undefined> {
  res.setHeader("Cache-Control", "no-store");
  res.setHeader("Content-Disposition", `inline; filename="${name}"`);
  if (wanted === "json") return report;
  if (wanted === "html")
    res.setHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  res.setHeader("Content-Type", contentType);
  res.status(200).end(bytes);
  return undefined;
}

function toScheduledView(report: ScheduledReport): z.infer<typeof scheduledSchema> {
  return {
    ...{ id: report.id, schedule: report.schedule, headline: report.headline, tone: report.tone },
    dueAt: new Date(report.dueMs).toISOString(),
    from: new Date(report.fromMs).toISOString(),
    to: new Date(report.toMs).toISOString(),
    madeAt: new Date(report.madeAtMs).toISOString(),
    sentAt: toTime(report.sentAtMs),
    error: report.error ?? null,
  };
}
