import { z } from "zod";
import { type OutsideLinks, rangeOfFinding } from "../../alerts/outside-links.ts";
import { findingStates } from "../../diagnosis/finding.ts";
import { effectSchema } from "../../reports/report-schema.ts";
import type { FindingStep, TrackedFinding } from "../../reports/tracked-finding.ts";
import { toTime } from "./schemas.ts";

/** ISO 8601 in UTC. */
const time = z.string();

export const findingSchema = z.object({
  fingerprint: z.string(),
  detector: z.string(),
  service: z.string(),
  endpoint: z.string().nullable(),
  place: z.string(),
  title: z.string(),
  state: z.enum(findingStates),
  /** When that state began. */
  stateSince: time,
  impact: z.object({ occurrences: z.number(), totalTimeMs: z.number(), tracesPerMinute: z.number() }),
  evidence: z.array(
    z.object({
      traceId: z.string(),
      /** In lists the first ten at most; all of them where one finding is asked for. */
      spanIds: z.array(z.string()),
      spanCount: z.number(),
      timeMs: z.number(),
      url: z.string(),
      /** The same trace in Jaeger, and its log lines in Loki; null where there is no such tool. */
      jaegerUrl: z.string().nullable(),
      logsUrl: z.string().nullable(),
    }),
  ),
  statement: z.string().nullable(),
  recommendation: z.string(),
  /** Milliseconds saved per request if mended. */
  expectedGain: z.object({ timeMs: z.number() }),
  /** Who accepted it, why and until when; null where nobody does. */
  acknowledged: z.object({ by: z.string(), reason: z.string(), until: time }).nullable(),
  /** What was done about it: `version` is null for a change that no version carries, `at` while its version was not seen, `by` where a version alone showed it. */
  applied: z
    .object({
      version: z.string().nullable(),
      at: time.nullable(),
      by: z.string().nullable(),
      note: z.string().nullable(),
    })
    .nullable(),
  /** What that brought, measured before and after. */
  effect: effectSchema.nullable(),
  firstSeen: time,
  lastSeen: time,
});

const stepSchema = z.object({
  at: time,
  state: z.enum(findingStates),
  /** Null for the observer itself. */
  by: z.string().nullable(),
  version: z.string().nullable(),
  note: z.string().nullable(),
  effect: effectSchema.nullable(),
});

export const findingDetailSchema = findingSchema.extend({
  /** Every change of its state, newest first. */
  history: z.array(stepSchema),
});

/** Enough to open the waterfall at the right place; a list of findings is no place for thousands of ids. */
const listedSpansMax = 10;

/** Where a finding's traces can be looked at. */
export interface FindingWays {
  /** Where people reach this observer, without a slash at the end. */
  readonly publicUrl: string;
  readonly outside: OutsideLinks;
}

export function toListedFinding(finding: TrackedFinding, ways: FindingWays): z.infer<typeof findingSchema> {
  const view = toFindingView(finding, ways);
  const evidence = view.evidence.map((one) => ({ ...one, spanIds: one.spanIds.slice(0, listedSpansMax) }));
  return { ...view, evidence };
}

/** The same with all its evidence and what happened to it. */
export function toFindingDetail(
  finding: TrackedFinding,
  steps: readonly FindingStep[],
  ways: FindingWays,
): z.infer<typeof findingDetailSchema> {
  const history = steps.map(({ atMs, state, actor, version, note, effect }) => ({
    at: new Date(atMs).toISOString(),
    ...{ state, by: actor ?? null, version: version ?? null, note: note ?? null, effect: effect ?? null },
  }));
  return { ...toFindingView(finding, ways), history };
}

function toFindingView(
  finding: TrackedFinding,
  { publicUrl, outside }: FindingWays,
): z.infer<typeof findingSchema> {
  const { acknowledgement, applied } = finding;
  const range = rangeOfFinding(finding);
  return {
    fingerprint: finding.fingerprint,
    detector: finding.detector,
    service: finding.service,
    endpoint: finding.route ?? null,
    place: finding.place,
    title: finding.title,
    state: finding.state,
    stateSince: new Date(finding.stateSinceMs).toISOString(),
    impact: { ...finding.impact },
    evidence: finding.evidence.map((one) => ({
      traceId: one.traceId,
      spanIds: [...one.spanIds],
      spanCount: one.spanIds.length,
      timeMs: one.timeMs,
      url: `${publicUrl}/traces/${one.traceId}`,
      jaegerUrl: outside.trace(one.traceId) ?? null,
      logsUrl: outside.traceLogs(one.traceId, range) ?? null,
    })),
    statement: finding.statement ?? null,
    recommendation: finding.recommendation,
    expectedGain: { timeMs: finding.expectedGainMs },
    acknowledged:
      acknowledgement === undefined
        ? null
        : {
            by: acknowledgement.author,
            reason: acknowledgement.reason,
            until: new Date(acknowledgement.untilMs).toISOString(),
          },
    applied:
      applied === undefined
        ? null
        : {
            version: applied.version ?? null,
            at: toTime(applied.atMs),
            by: applied.by ?? null,
            note: applied.note ?? null,
          },
    effect: finding.effect ?? null,
    firstSeen: new Date(finding.firstSeenMs).toISOString(),
    lastSeen: new Date(finding.lastSeenMs).toISOString(),
  };
}
