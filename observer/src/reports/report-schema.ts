import { z } from "zod";
import { findingStates } from "../diagnosis/finding.ts";

/** ISO 8601 in UTC. */
const time = z.string();
const endpoint = {
  environment: z.string(),
  namespace: z.string(),
  service: z.string(),
  /** Method and route. */
  route: z.string(),
};

const stateSchema = z.object({
  name: z.enum(findingStates),
  /** When it became so. */
  since: time,
  /** Who accepted it, why and until when; null for what nobody accepted. */
  acknowledgedBy: z.string().nullable(),
  reason: z.string().nullable(),
  until: time.nullable(),
  /** What was done about it; null where nothing is known to have been. */
  applied: z
    .object({
      /** Null for a change that no version carries. */
      version: z.string().nullable(),
      /** Null while the version has not been seen. */
      at: time.nullable(),
      /** Null where a new version alone showed it. */
      by: z.string().nullable(),
      note: z.string().nullable(),
    })
    .nullable(),
});

const effectSideSchema = z.object({
  from: time,
  to: time,
  version: z.string().nullable(),
  requests: z.number(),
  /** Traces that showed the finding. */
  occurrences: z.number(),
  /** Null without requests. `low` and `high` bound the figure at 95 % confidence. */
  medianMs: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
  p95Ms: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
});

export const effectSchema = z.object({
  /** `mixed`: median and p95 moved in opposite directions. */
  verdict: z.enum(["faster", "slower", "mixed", "unchanged", "not enough data"]),
  /** It was seen before the deployment and in none of enough requests after it. */
  isGone: z.boolean(),
  /** What brought it; null for a change that no version carries. */
  version: z.string().nullable(),
  /** From when on the change held. */
  deployedAt: time,
  announcedBy: z.string().nullable(),
  before: effectSideSchema,
  after: effectSideSchema,
});

const bottleneckSchema = z.object({
  /** 1 is what costs most. */
  rank: z.number(),
  fingerprint: z.string(),
  url: z.string(),
  detector: z.string(),
  title: z.string(),
  service: z.string(),
  /** Null for background work. */
  endpoint: z.string().nullable(),
  place: z.string(),
  statement: z.string().nullable(),
  recommendation: z.string(),
  state: stateSchema,
  seenInPeriod: z.boolean(),
  impact: z.object({
    /** Traces of the period that showed it. */
    occurrences: z.number(),
    /** Time of the period's requests that went into it. */
    lostMs: z.number(),
    occurrencesPerHour: z.number(),
    /** Of all time that the endpoint's requests took in the period; null where that is not known. */
    shareOfEndpointTime: z.number().nullable(),
  }),
  evidence: z.array(
    z.object({ traceId: z.string(), url: z.string(), timeMs: z.number(), spans: z.number() }),
  ),
  expectedEffect: z.object({ perRequestMs: z.number(), inPeriodMs: z.number() }),
  measuredEffect: effectSchema.nullable(),
  /** Why there is no measured effect; null where there is one. */
  unmeasured: z.enum(["not deployed", "background work", "not among the costliest"]).nullable(),
  firstSeen: time,
  lastSeen: time,
  /** Time lost in each stretch of the period that has any. */
  course: z.array(z.object({ at: time, occurrences: z.number(), lostMs: z.number() })),
});

const breachSchema = z.object({
  fingerprint: z.string(),
  /** `breach`: the limit was broken. `no data`, `error`: nobody could tell. */
  kind: z.enum(["breach", "no data", "error"]),
  rule: z.string(),
  environment: z.string(),
  namespace: z.string(),
  service: z.string(),
  endpoint: z.string().nullable(),
  severity: z.string(),
  /** The worst value that a change of state was decided on; null where there was none. */
  observed: z.number().nullable(),
  limit: z.number(),
  bound: z.enum(["max", "min"]),
  unit: z.string(),
  begun: time,
  /** Null while it lasts. */
  ended: time.nullable(),
  /** Until its end, else until the end of the report. */
  durationMs: z.number(),
  /** It went back over the limit before it had recovered. */
  relapses: z.number(),
  reason: z.string().nullable(),
  findings: z.array(z.object({ fingerprint: z.string(), title: z.string(), url: z.string() })),
  traces: z.array(z.object({ traceId: z.string(), url: z.string() })),
});

const endpointSchema = z.object({
  ...endpoint,
  requests: z.number(),
  failed: z.number(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  slowestMs: z.number(),
  slowestTrace: z.object({ traceId: z.string(), url: z.string() }),
  /** Limit of p95; null where it has none. */
  limitMs: z.number().nullable(),
  totalMs: z.number(),
  /** Of the time of all requests of the period. */
  shareOfTime: z.number(),
  bottlenecks: z.number(),
});

const courseSchema = z.object({
  ...endpoint,
  limitMs: z.number().nullable(),
  points: z.array(z.object({ at: time, requests: z.number(), p50Ms: z.number(), p95Ms: z.number() })),
});

/**
 * The optimisation report as every format shows it, and as `format=json` answers it. Texts of services, routes, places, statements and
 * people are as they came: whoever shows them escapes them.
 */
export const optimisationReportSchema = z.object({
  report: z.literal("optimisation"),
  /** What hurts most now, in one sentence. */
  headline: z.string(),
  tone: z.enum(["bad", "warn", "good", "unknown"]),
  period: z.object({ from: time, to: time, generatedAt: time, slotMs: z.number() }),
  totals: z.object({
    requests: z.number(),
    failed: z.number(),
    requestMs: z.number(),
    services: z.number(),
    endpoints: z.number(),
    endpointsOverLimit: z.number(),
    /** Bottlenecks by state. */
    states: z.object({
      open: z.number(),
      reopened: z.number(),
      acknowledged: z.number(),
      applied: z.number(),
      validated: z.number(),
      resolved: z.number(),
    }),
    /** Time lost to everything that is not over. */
    lostMs: z.number(),
    breaches: z.number(),
    firing: z.number(),
  }),
  /** What costs most first; what was not seen in the period comes last. */
  bottlenecks: z.array(bottleneckSchema),
  /** Newest first, what lasts before what ended. */
  breaches: z.array(breachSchema),
  /** Those over their limit first, then by p95. */
  slowEndpoints: z.array(endpointSchema),
  courses: z.array(courseSchema),
  deployments: z.array(
    z.object({
      environment: z.string(),
      namespace: z.string(),
      service: z.string(),
      version: z.string(),
      deployedAt: time,
      announcedBy: z.string().nullable(),
      note: z.string().nullable(),
    }),
  ),
  appendix: z.array(z.object({ figure: z.string(), source: z.string() })),
});

export type OptimisationReport = z.infer<typeof optimisationReportSchema>;
export type Bottleneck = OptimisationReport["bottlenecks"][number];
export type BottleneckState = Bottleneck["state"];
export type MeasuredEffect = NonNullable<Bottleneck["measuredEffect"]>;
export type EffectSide = MeasuredEffect["before"];
export type Breach = OptimisationReport["breaches"][number];
export type SlowEndpoint = OptimisationReport["slowEndpoints"][number];
export type Course = OptimisationReport["courses"][number];
