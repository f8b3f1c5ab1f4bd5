import { AppError } from "@kontor/kit/errors";
import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import { buildOptimisationReport } from "../../reports/build-optimisation-report.ts";
import { collectReportInput } from "../../reports/collect-report-input.ts";
import { readRange } from "../../reports/read-range.ts";
import { renderInWorker } from "../../reports/render/render-in-worker.ts";
import type { ReportSources } from "../../reports/report-input.ts";
import { type OptimisationReport, optimisationReportSchema } from "../../reports/report-schema.ts";

const contentTypes = {
  md: "text/markdown; charset=utf-8",
  html: "text/html; charset=utf-8",
  pdf: "application/pdf",
} as const;

/** Reports that may be made at the same time: each reads the store and takes a thread. */
const reportsAtOnceMax = 2;

/**
 * `GET /api/v1/reports/optimisation` as JSON, Markdown, HTML or PDF; without a range, of the last 24 hours.
 *
 * @param publicUrl where people reach this observer, without a slash at the end
 * @param now ms since the epoch
 */
export function reportRoutes(sources: ReportSources, publicUrl: string, now: () => number): Route[] {
  let running = 0;
  return [
    defineRoute({
      method: "get",
      path: "/api/v1/reports/optimisation",
      summary: "What costs most, what was done about it and what it brought; as JSON, Markdown, HTML or PDF",
      tags: ["reports"],
      query: z.object({
        format: z.enum(["json", "md", "html", "pdf"]).default("json"),
        /** ISO 8601 with offset, or `now-24h`. */
        from: z.string().optional(),
        to: z.string().optional(),
      }),
      responses: { 200: optimisationReportSchema },
      access: "public",
      handle: async ({ query, res, signal }) => {
        const nowMs = now();
        const range = readRange(query.from, query.to, nowMs);
        if ("problem" in range) {
          const details = { parameter: range.parameter };
          throw new AppError("invalid", "reports.range", range.problem, { details });
        }
        if (running >= reportsAtOnceMax) {
          const message = "Other reports are being made. Ask again in some seconds.";
          throw new AppError("unavailable", "reports.busy", message, { retryAfterSeconds: 5 });
        }
        running += 1;
        try {
          const times = { ...range, nowMs };
          const report = buildOptimisationReport(await collectReportInput(sources, publicUrl, times), times);
          if (signal.aborted) return undefined;
          res.setHeader("Content-Disposition", toDisposition(report, query.format));
          res.setHeader("Cache-Control", "no-store");
          if (query.format === "json") return report;
          const body = await renderInWorker(report, query.format);
          if (query.format === "html")
            res.setHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
          res.setHeader("Content-Type", contentTypes[query.format]);
          res.status(200).end(body);
          return undefined;
        } finally {
          running -= 1;
        }
      },
    }),
  ];
}

/** Shown where the reader can show it; saved under a name that tells what it is. */
function toDisposition({ period }: OptimisationReport, format: string): string {
  const stamp = period.to.slice(0, 16).replace(/[-:]/g, "");
  return `inline; filename="kontor-optimisation-${stamp}.${format}"`;
}
