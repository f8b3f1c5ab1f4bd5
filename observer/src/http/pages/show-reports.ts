import { AppError } from "@kontor/kit/errors";
import { html } from "@kontor/kit/html";
import type { Request } from "express";
import { nextDueMs, type ReportSchedule } from "../../config/report-schedule.ts";
import { readRange } from "../../reports/read-range.ts";
import type { ReportQueries } from "../api/reports.routes.ts";
import { path } from "./page-path.ts";
import { oneOf, parameter, queryText } from "./page-request.ts";
import { notFound, type Rendered } from "./rendered.ts";
import { reportPage } from "./report-page.ts";
import { periodFilters, reportPeriods, reportsPage } from "./reports-page.ts";

/** What the pages of reports read. */
export interface ReportPageDeps extends ReportQueries {
  now(): number;
  listReportSchedules(): readonly ReportSchedule[];
}

const listedMax = 100;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
type Period = keyof typeof reportPeriods;
const periods = Object.keys(reportPeriods) as [Period, ...Period[]];

export async function showReports(deps: ReportPageDeps): Promise<Rendered> {
  const nowMs = deps.now();
  const schedules = deps.listReportSchedules().map((one) => ({ ...one, nextDueMs: nextDueMs(one, nowMs) }));
  const reports = await deps.listScheduledReports(listedMax).catch(unlessAway);
  return { ...reportsPage({ reports, schedules, nowMs }), place: "reports", wide: true };
}

/** The report of the last hours or days, made now. */
export async function showReportNow(deps: ReportPageDeps, request: Request): Promise<Rendered> {
  const from = oneOf(periods, queryText(request, "from"));
  const range = readRange(from, undefined, deps.now());
  if ("problem" in range) throw new AppError("invalid", "reports.range", range.problem);
  const page = await deps.maker.make(range, async (report) =>
    reportPage({
      report,
      address: path`/api/v1/reports/optimisation?from=${from}`,
      periods: periodFilters(from),
      origin: "made",
    }),
  );
  return { ...page, place: "reports", wide: true };
}

/** A report as it was sent. */
export async function showKeptReport(deps: ReportPageDeps, request: Request): Promise<Rendered> {
  const id = parameter(request, "id").toLowerCase();
  const report = uuid.test(id) ? await deps.getScheduledReport(id) : undefined;
  if (report === undefined)
    return notFound("reports", "report", id, "It may be older than rollups are kept.");
  const address = path`/api/v1/reports/${id}`;
  const page = reportPage({ report, address, periods: html``, origin: "sent as it was made" });
  return { ...page, place: "reports", wide: true };
}

function unlessAway(error: unknown): undefined {
  if (error instanceof AppError) return undefined;
  throw error;
}
