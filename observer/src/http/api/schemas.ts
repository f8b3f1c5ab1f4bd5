import { z } from "zod";
import type { Alert } from "../../alerts/alert.ts";
import { linkAlertOutside, type OutsideLinks } from "../../alerts/outside-links.ts";

/** A time as the API shows it: ISO 8601 in UTC. */
const time = z.string();

export const alertSchema = z.object({
  fingerprint: z.string(),
  environment: z.string(),
  namespace: z.string(),
  service: z.string(),
  /** Method and route, or null where the rule is about the whole service. */
  endpoint: z.string().nullable(),
  rule: z.string(),
  severity: z.enum(["info", "warning", "critical"]),
  state: z.enum(["inactive", "pending", "firing", "recovering", "resolved", "noData", "error"]),
  observed: z.number().nullable(),
  /** The worst since it fired; null when that is not known, or it never did. */
  worst: z.number().nullable(),
  limit: z.number(),
  unit: z.string(),
  since: time,
  firedAt: time.nullable(),
  resolvedAt: time.nullable(),
  reason: z.string().nullable(),
  findings: z.array(z.string()),
  traceIds: z.array(z.string()),
  /** The worst trace in Jaeger, and its log lines in Loki, or those of the service; null where there is no such tool. */
  links: z.object({ jaeger: z.string().nullable(), logs: z.string().nullable() }),
});

export const traceSummarySchema = z.object({
  traceId: z.string(),
  rootService: z.string(),
  rootName: z.string(),
  start: time,
  durationMs: z.number(),
  spanCount: z.number(),
  errorCount: z.number(),
  services: z.array(z.string()),
});

export const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().nullable(),
  service: z.string(),
  name: z.string(),
  kind: z.string(),
  /** Nanoseconds since the epoch as text: they do not fit a JSON number. */
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  durationMs: z.number(),
  status: z.object({ code: z.enum(["unset", "ok", "error"]), message: z.string() }),
  scope: z.string(),
  resource: z.record(z.string(), z.unknown()),
  attributes: z.record(z.string(), z.unknown()),
  events: z.array(
    z.object({ timeUnixNano: z.string(), name: z.string(), attributes: z.record(z.string(), z.unknown()) }),
  ),
  links: z.array(
    z.object({ traceId: z.string(), spanId: z.string(), attributes: z.record(z.string(), z.unknown()) }),
  ),
});

/** One or several of `values`, separated by commas. */
export function commaSeparated<const T extends string>(values: readonly T[]) {
  const one = `(?:${values.join("|")})`;
  return z
    .string()
    .regex(new RegExp(`^${one}(?:,${one})*$`), `one or several of ${values.join(", ")}, separated by commas`)
    .transform((text) => text.split(",") as T[]);
}

/** Milliseconds since the epoch as the API writes them; null for undefined. */
export function toTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** @param nowMs until when the log lines of an alert that lasts are asked for */
export function toAlertView(alert: Alert, outside: OutsideLinks, nowMs: number): z.infer<typeof alertSchema> {
  const { subject } = alert;
  return {
    fingerprint: alert.fingerprint,
    environment: subject.environment,
    namespace: subject.namespace,
    service: subject.service,
    endpoint: subject.route ?? null,
    rule: alert.rule,
    severity: alert.severity,
    state: alert.state,
    observed: alert.observed ?? null,
    worst: alert.worst ?? null,
    limit: alert.limit,
    unit: alert.unit,
    since: new Date(alert.sinceMs).toISOString(),
    firedAt: toTime(alert.firedAtMs),
    resolvedAt: toTime(alert.resolvedAtMs),
    reason: alert.reason ?? null,
    findings: alert.findings.map((finding) => finding.fingerprint),
    traceIds: [...alert.traceIds],
    links: linkAlertOutside(alert, outside, nowMs),
  };
}
