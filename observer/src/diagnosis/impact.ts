import { type Finding, type FingerprintedDetection, isSettled } from "./finding.ts";

const evidenceMax = 5;
const minuteMs = 60_000;

type Evidence = Finding["evidence"][number];

/** Worst first; equal times by trace id, so that the order never depends on arrival. */
function mergeEvidence(evidence: readonly Evidence[], added: Evidence): readonly Evidence[] {
  return [...evidence.filter((one) => one.traceId !== added.traceId), added]
    .sort((a, b) => b.timeMs - a.timeMs || (a.traceId < b.traceId ? -1 : 1))
    .slice(0, evidenceMax);
}

/**
 * Adds what one trace shows to a finding; makes the finding when it is the first. Impact is time times use: the time lost in all traces,
 * and how often it happens. Text and gain follow the worst trace seen and the mean of all. A finding that was over and
 * returns is reopened; in any other state it stays.
 *
 * @param finding the finding of the same fingerprint so far
 * @param atMs when the trace was diagnosed, ms since the epoch
 */
export function mergeDetection(
  finding: Finding | undefined,
  detection: FingerprintedDetection,
  traceId: string,
  atMs: number,
): Finding {
  const added: Evidence = { traceId, spanIds: detection.evidenceSpanIds, timeMs: detection.timeMs };
  const occurrences = (finding?.impact.occurrences ?? 0) + 1;
  const firstSeenMs = Math.min(finding?.firstSeenMs ?? atMs, atMs);
  const lastSeenMs = Math.max(finding?.lastSeenMs ?? atMs, atMs);
  const worstMs = finding?.evidence[0]?.timeMs ?? Number.NEGATIVE_INFINITY;
  const gainMs = finding?.expectedGainMs ?? 0;
  const isBack = finding !== undefined && isSettled(finding.state);
  return {
    fingerprint: detection.fingerprint,
    detector: detection.detector,
    service: detection.service,
    route: finding?.route ?? detection.route,
    place: detection.place,
    title: finding?.title ?? detection.title,
    state: isBack ? "reopened" : (finding?.state ?? "open"),
    stateSinceMs: isBack ? atMs : (finding?.stateSinceMs ?? atMs),
    impact: {
      occurrences,
      totalTimeMs: (finding?.impact.totalTimeMs ?? 0) + detection.timeMs,
      tracesPerMinute: occurrences / Math.max(1, (lastSeenMs - firstSeenMs) / minuteMs),
    },
    evidence: mergeEvidence(finding?.evidence ?? [], added),
    statement: detection.statement ?? finding?.statement,
    recommendation:
      finding === undefined || detection.timeMs > worstMs ? detection.recommendation : finding.recommendation,
    expectedGainMs: gainMs + (detection.expectedGainMs - gainMs) / occurrences,
    firstSeenMs,
    lastSeenMs,
  };
}
