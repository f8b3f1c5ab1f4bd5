import { ALERT_FINDINGS_MAX, ALERT_TRACES_MAX, type Alert, type AlertFinding } from "../alerts/alert.ts";
import type { FingerprintedDetection } from "./finding.ts";
import type { SeenRequest, SeenTrace } from "./recent-traces.ts";

export interface AlertLinks {
  /** What explains the alert, most time lost first. */
  readonly findings: readonly AlertFinding[];
  /** Traces that show it: those of the first finding by time lost, then the slowest (or failed) requests of the alert's subject. */
  readonly traceIds: readonly string[];
}

type AlertAbout = Pick<Alert, "subject" | "rule">;

function isAbout(request: SeenRequest, { subject }: AlertAbout): boolean {
  return (
    request.service === subject.service &&
    request.environment === subject.environment &&
    request.namespace === subject.namespace &&
    (subject.route === undefined || request.route === subject.route)
  );
}

/** Work that the alert's subject waited for, wherever in the trace it was done. */
function explains(detection: FingerprintedDetection, { subject }: AlertAbout): boolean {
  return detection.sufferers.some(
    (one) => one.service === subject.service && (subject.route === undefined || one.route === subject.route),
  );
}

interface Suspect {
  readonly detection: FingerprintedDetection;
  lostMs: number;
  readonly traces: { readonly traceId: string; readonly timeMs: number }[];
}

function suspectsOf(alert: AlertAbout, traces: readonly SeenTrace[]): Suspect[] {
  const suspects = new Map<string, Suspect>();
  for (const { traceId, detections } of traces) {
    for (const detection of detections) {
      if (!explains(detection, alert)) continue;
      const known = suspects.get(detection.fingerprint);
      const suspect = known ?? { detection, lostMs: 0, traces: [] };
      if (known === undefined) suspects.set(detection.fingerprint, suspect);
      suspect.lostMs += detection.timeMs;
      suspect.traces.push({ traceId, timeMs: detection.timeMs });
    }
  }
  return [...suspects.values()].sort(
    (a, b) => b.lostMs - a.lostMs || (a.detection.fingerprint < b.detection.fingerprint ? -1 : 1),
  );
}

/** Of the alert's own requests: for an error rule failed ones, else the slowest. */
function worstRequests(alert: AlertAbout, traces: readonly SeenTrace[]): string[] {
  const wantsFailed = alert.rule.startsWith("error");
  return traces
    .map(({ traceId, requests }) => {
      const own = requests.filter((request) => isAbout(request, alert) && (request.failed || !wantsFailed));
      return { traceId, ms: Math.max(-1, ...own.map((request) => request.durationMs)) };
    })
    .filter(({ ms }) => ms >= 0)
    .sort((a, b) => b.ms - a.ms || (a.traceId < b.traceId ? -1 : 1))
    .map(({ traceId }) => traceId);
}

/**
 * Which findings explain an alert, and which traces show it. A finding explains it when the alert's service and route waited for the
 * detected work, in its own code or downstream in the same trace. An alert on a whole service takes what any of its routes waited for.
 *
 * @param traces `RecentTraces.list(since)` with the start of the alert's window
 * @returns empty lists when nothing is known; an alert without a finding still gets its worst traces
 */
export function linkFindings(alert: AlertAbout, traces: readonly SeenTrace[]): AlertLinks {
  const own = traces.filter(({ requests }) => requests.some((request) => isAbout(request, alert)));
  const suspects = suspectsOf(alert, own);
  const shown = (suspects[0]?.traces ?? []).toSorted(
    (a, b) => b.timeMs - a.timeMs || (a.traceId < b.traceId ? -1 : 1),
  );
  const traceIds = new Set([...shown.map(({ traceId }) => traceId), ...worstRequests(alert, own)]);
  return {
    findings: suspects
      .slice(0, ALERT_FINDINGS_MAX)
      .map(({ detection: { fingerprint, title, recommendation } }) => {
        return { fingerprint, title, recommendation };
      }),
    traceIds: [...traceIds].slice(0, ALERT_TRACES_MAX),
  };
}
