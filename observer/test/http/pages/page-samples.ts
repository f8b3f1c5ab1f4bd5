import type { Alert, AlertState, AlertTransition } from "@kontor/observer/alerts/alert";
import { findingStates } from "@kontor/observer/diagnosis/finding";
import type { ReportPageDeps } from "@kontor/observer/http/pages/show-reports";
import { buildOptimisationReport } from "@kontor/observer/reports/build-optimisation-report";
import { openReportWriter } from "@kontor/observer/reports/report-files";
import type { MeasuredEffect } from "@kontor/observer/reports/report-schema";
import type { FindingStep } from "@kontor/observer/reports/tracked-finding";
import type { ScheduledReport } from "@kontor/observer/state/scheduled-reports";
import { epochMs } from "../../diagnosis/trace-builder.ts";
import { toHostile } from "../../reports/hostile-report.ts";
import { realisticInput } from "../../reports/realistic-input.ts";
import { times as reportTimes } from "../../reports/report-fixture.ts";

/** What an attacker would send in every text that telemetry carries. */
export const hostileText = `"'></a></td></script><script>window.hacked=1</script><img src=x onerror="window.hacked=1"><svg onload=window.hacked=1> javascript:window.hacked=1`;

export const nowMs = epochMs + 600_000;
const side = { from: "", to: "", version: hostileText, requests: 900, occurrences: 40, p95Ms: null };
const effect: MeasuredEffect = {
  ...{ verdict: "faster", isGone: true, version: hostileText, deployedAt: "", announcedBy: hostileText },
  before: { ...side, medianMs: { value: 400, low: 390, high: 410 } },
  after: { ...side, occurrences: 0, medianMs: { value: 90, low: 88, high: 93 } },
};

/** Every state a finding can go through, newest first. */
export function hostileSteps(): FindingStep[] {
  return findingStates.map((state, at) => ({
    ...{ atMs: nowMs - at * 60_000, state, actor: hostileText, version: hostileText, note: hostileText },
    effect: state === "validated" ? effect : undefined,
  }));
}

export const keptReportId = "5f0c1f0e-0000-4000-8000-0000000000aa";

/** A report of a day in trouble, and the same with every text hostile as it was sent on a schedule. */
export function reportDeps(): ReportPageDeps {
  const report = buildOptimisationReport(realisticInput(), reportTimes);
  const hostile = toHostile(report);
  const kept: ScheduledReport = {
    ...{ id: keptReportId, schedule: hostileText, dueMs: nowMs, fromMs: nowMs - 604_800_000, toMs: nowMs },
    ...{ headline: hostileText, tone: "bad", madeAtMs: nowMs, sentAtMs: nowMs - 5_000, error: undefined },
  };
  return {
    now: () => nowMs,
    maker: {
      make: (_range, use) => use(report),
      async makeToWrite(_range, format, use) {
        await using writer = openReportWriter(format);
        return await use(report, writer);
      },
    },
    listScheduledReports: async () => [
      kept,
      { ...kept, id: keptReportId.replace(/a$/, "b"), sentAtMs: undefined, error: hostileText },
    ],
    getScheduledReport: async (id) => (id.startsWith(keptReportId.slice(0, -1)) ? hostile : undefined),
    listReportSchedules: () => [
      {
        ...{ name: "weekly", schedule: "0 7 * * 1", timeZone: "UTC" },
        format: "html",
        periodHours: 168,
        to: undefined,
      },
      {
        ...{ name: hostileText, schedule: "0 7 * * *", timeZone: "Europe/Berlin" },
        format: "pdf",
        periodHours: 24,
        to: [hostileText],
      },
    ],
  };
}

/** Pending, firing and, of one that is over, resolved; newest first. */
export function transitionsOf(alerts: readonly Alert[], fingerprint: string): AlertTransition[] {
  const alert = alerts.find((one) => one.fingerprint === fingerprint);
  if (alert === undefined) return [];
  const change = (from: AlertState, to: AlertState, agoMs: number, observed: number): AlertTransition => ({
    ...{
      id: `${fingerprint}-${to}`,
      from,
      to,
      atMs: nowMs - agoMs,
      configurationHash: "c0ffee01",
      source: "stream",
    },
    alert: { ...alert, state: to, observed },
  });
  return [change("pending", "firing", 95_000, 812), change("inactive", "pending", 100_000, 641)];
}
