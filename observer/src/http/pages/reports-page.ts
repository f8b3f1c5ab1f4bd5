import { type Html, html } from "@kontor/kit/html";
import { formatInstant, formatRange } from "../../reports/report-formats.ts";
import type { ScheduledReport } from "../../state/scheduled-reports.ts";
import { emptyState } from "./layout.ts";
import { ago } from "./page-formats.ts";
import { path } from "./page-path.ts";
import { formatLinks } from "./report-page.ts";

/** Periods to choose from: `from` of the address, and what people call it. */
export const reportPeriods = {
  "now-24h": "24 hours",
  "now-6h": "6 hours",
  "now-1h": "1 hour",
  "now-3d": "3 days",
  "now-7d": "7 days",
  "now-30d": "30 days",
} as const;

const shownOrder = ["now-1h", "now-6h", "now-24h", "now-3d", "now-7d", "now-30d"] as const;

/** A schedule of the configuration, with the time it is due next. */
export interface ScheduleView {
  readonly name: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly format: string;
  readonly to: readonly string[] | undefined;
  readonly nextDueMs: number | undefined;
}

export interface ReportsPageData {
  /** Newest first; undefined while they cannot be read. */
  readonly reports: readonly ScheduledReport[] | undefined;
  readonly schedules: readonly ScheduleView[];
  readonly nowMs: number;
}

/** Which period to make a report of. @param current `from` of the address; undefined where no period is shown */
export function periodFilters(current: string | undefined): Html {
  const links = shownOrder.map((from) => {
    const mark = from === current && html` aria-current="true"`;
    return html`<a href="${path`/reports/optimisation?from=${from}`}"${mark}>${reportPeriods[from]}</a>`;
  });
  return html`<div class="filters" role="group" aria-label="Period">${links}</div>`;
}

/** The reports there are: of any period, and those that were sent. */
export function reportsPage({ reports, schedules, nowMs }: ReportsPageData): {
  readonly title: string;
  readonly body: Html;
} {
  const body = html`<header class="page-head"><div><h1>Reports</h1><p class="faint">What costs most, what was done about it and what that brought.</p></div></header>
<section class="block card" aria-labelledby="now"><h2 id="now">Optimisation report of the last</h2>${periodFilters(undefined)}</section>
<section class="block" aria-labelledby="schedules"><h2 id="schedules">Sent by mail</h2>${scheduleTable(schedules, nowMs)}</section>
<section class="block" aria-labelledby="sent"><h2 id="sent">As they were sent</h2>${sentTable(reports, nowMs)}</section>`;
  return { title: "Reports", body };
}

function scheduleTable(schedules: readonly ScheduleView[], nowMs: number): Html {
  if (schedules.length === 0) {
    return emptyState(
      "No schedule",
      "Under reports in observer_config.json a schedule sends the optimisation report by mail.",
    );
  }
  const rows = schedules.map(({ name, schedule, timeZone, format, to, nextDueMs }) => {
    const due =
      nextDueMs === undefined
        ? "–"
        : html`${formatInstant(new Date(nextDueMs).toISOString())} UTC${nextDueMs < nowMs && " (due)"}`;
    return html`<tr><td class="strong">${name}</td><td class="mono">${schedule}<span class="sub">${timeZone}</span></td><td>${due}</td><td>${format}</td><td class="main">${to?.join(", ") ?? "where alerts go"}</td></tr>`;
  });
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Schedules"><table><thead><tr><th>Name</th><th>Schedule</th><th>Due next</th><th>File</th><th>To</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function sentTable(reports: readonly ScheduledReport[] | undefined, nowMs: number): Html {
  if (reports === undefined)
    return html`<p class="note">They cannot be read now: the observer's database does not answer.</p>`;
  if (reports.length === 0)
    return emptyState(
      "None yet",
      "A report that was sent is kept here as it was, whatever becomes of the telemetry.",
    );
  const rows = reports.map((report) => {
    const { id, schedule, headline, tone, fromMs, toMs, sentAtMs, error } = report;
    const colour = { bad: "bad", warn: "warn", good: "good", unknown: "" }[tone];
    const period = formatRange(new Date(fromMs).toISOString(), new Date(toMs).toISOString());
    const sent =
      sentAtMs !== undefined
        ? ago(sentAtMs, nowMs)
        : html`<span class="pill warn">not sent</span><span class="sub">${error ?? "on its way"}</span>`;
    return html`<tr class="${colour}"><td class="strong">${schedule}</td><td class="main"><a href="${path`/reports/${id}`}">${headline}</a><span class="sub">${period}</span></td><td>${sent}</td><td>${formatLinks(path`/api/v1/reports/${id}`)}</td></tr>`;
  });
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Sent reports"><table><thead><tr><th>Schedule</th><th>Report</th><th>Sent</th><th>As a file</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
