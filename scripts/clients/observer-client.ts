import { type ObserverAddress, ObserverError, readObserver } from "@kontor/observer/cli/observer-client";
import { z } from "zod";

const alert = z.object({
  fingerprint: z.string(),
  service: z.string(),
  endpoint: z.string().nullable(),
  rule: z.string(),
  severity: z.string(),
  state: z.string(),
  observed: z.number().nullable(),
  limit: z.number(),
  unit: z.string(),
  since: z.string(),
  firedAt: z.string().nullable(),
  resolvedAt: z.string().nullable(),
  findings: z.array(z.string()),
  traceIds: z.array(z.string()),
  links: z.object({ jaeger: z.string().nullable(), logs: z.string().nullable() }),
});

const finding = z.object({
  fingerprint: z.string(),
  detector: z.string(),
  service: z.string(),
  endpoint: z.string().nullable(),
  place: z.string(),
  title: z.string(),
  statement: z.string().nullable(),
  recommendation: z.string(),
  expectedGain: z.object({ timeMs: z.number() }),
  evidence: z.array(z.object({ traceId: z.string(), spanCount: z.number() })),
  lastSeen: z.string(),
});

const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().nullable(),
  service: z.string(),
  name: z.string(),
  kind: z.string(),
  attributes: z.record(z.string(), z.unknown()),
});

const rule = z.object({
  rule: z.string(),
  service: z.string(),
  endpoint: z.string().nullable(),
  state: z.string(),
  observed: z.number().nullable(),
  count: z.number().nullable(),
  limit: z.number(),
  unit: z.string(),
});

export type AlertView = z.infer<typeof alert>;
export type RuleView = z.infer<typeof rule>;
export type FindingView = z.infer<typeof finding>;
export type SpanView = z.infer<typeof span>;

/** No answer within this counts as none. */
const timeoutMs = 5_000;

/** Newest change first; empty while the observer does not answer. @throws ObserverError as `read` below */
export async function listAlerts(observer: ObserverAddress): Promise<AlertView[]> {
  return (await read(observer, "/api/v1/alerts", z.object({ alerts: z.array(alert) })))?.alerts ?? [];
}

/**
 * Largest impact first; empty while the observer does not answer.
 *
 * @param detector only what this one found; everything when left out
 */
export async function listFindings(observer: ObserverAddress, detector?: string): Promise<FindingView[]> {
  const query = detector === undefined ? "" : `?detector=${encodeURIComponent(detector)}`;
  const schema = z.object({ findings: z.array(finding) });
  return (await read(observer, `/api/v1/findings${query}`, schema))?.findings ?? [];
}

/** Each rule with its verdict of the last tick; empty while the observer does not answer. */
export async function listRules(observer: ObserverAddress): Promise<RuleView[]> {
  return (await read(observer, "/api/v1/rules", z.object({ rules: z.array(rule) })))?.rules ?? [];
}

/** Every span of a trace that is stored by now. */
export async function readTrace(observer: ObserverAddress, traceId: string): Promise<SpanView[]> {
  const schema = z.object({ spans: z.array(span) });
  return (await read(observer, `/api/v1/traces/${traceId}`, schema))?.spans ?? [];
}

/**
 * @returns undefined while the observer is away, busy or does not know it yet: whoever waits asks again
 * @throws ObserverError `refused` without the right token, `malformed`: asking again would not help
 */
async function read<S extends z.ZodType>(
  observer: ObserverAddress,
  path: string,
  schema: S,
): Promise<z.output<S> | undefined> {
  try {
    return await readObserver(observer, path, schema, timeoutMs);
  } catch (error) {
    const isTemporary = error instanceof ObserverError && !["refused", "malformed"].includes(error.reason);
    if (isTemporary) return undefined;
    throw error;
  }
}
