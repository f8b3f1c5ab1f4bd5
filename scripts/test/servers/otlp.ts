import { randomBytes } from "node:crypto";

/** OTLP as JSON, in the shape of the protocol; only what tests say differs from the ordinary. */

type Attributes = Readonly<Record<string, string | number>>;
type Signal = "traces" | "metrics" | "logs";

const startedAt = Date.now();

/** @returns the status of the answer, with its body where it is no success */
export async function sendOtlp(otlpUrl: string, signal: Signal, payload: object): Promise<string> {
  const response = await fetch(`${otlpUrl}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(payload),
  });
  const text = await response.text();
  return response.ok ? String(response.status) : `${response.status} ${text}`;
}

export function toKeyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) },
  }));
}

export function nanoseconds(ms: number): string {
  return `${BigInt(Math.round(ms))}000000`;
}

/** Resource attributes of a service. */
export function serviceAttributes(name: string, more: Attributes = {}): Attributes {
  return {
    "service.name": name,
    "service.namespace": "shop",
    "service.instance.id": `${name}-1`,
    "deployment.environment.name": "test",
    ...more,
  };
}

export function metricsOf(resource: Attributes, metrics: object[]): object {
  return {
    resourceMetrics: [
      { resource: { attributes: toKeyValues(resource) }, scopeMetrics: [{ scope: { name: "s" }, metrics }] },
    ],
  };
}

/** @param temporality 1 delta, 2 cumulative */
export function counter(name: string, value: number, temporality: 1 | 2, atMs = Date.now()): object {
  const from = temporality === 1 ? atMs - 1_000 : startedAt;
  const point = {
    startTimeUnixNano: nanoseconds(from),
    timeUnixNano: nanoseconds(atMs),
    asInt: String(value),
  };
  return { name, sum: { aggregationTemporality: temporality, isMonotonic: true, dataPoints: [point] } };
}

export function gauge(name: string, point: object): object {
  return { name, gauge: { dataPoints: [{ timeUnixNano: nanoseconds(Date.now()), ...point }] } };
}

export type SpanOptions = {
  name: string;
  traceId?: string;
  durationMs?: number;
  isError?: boolean;
  attributes?: Attributes;
};

/** One server span that has just ended, alone in its trace. */
export function span(options: SpanOptions): { traceId: string; json: object } {
  const { name, durationMs = 5, isError = false, attributes = {} } = options;
  const traceId = options.traceId ?? randomBytes(16).toString("hex");
  const end = Date.now();
  const json = {
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name,
    kind: 2,
    startTimeUnixNano: nanoseconds(end - durationMs),
    endTimeUnixNano: nanoseconds(end),
    attributes: toKeyValues({ "http.request.method": "GET", "http.route": name, ...attributes }),
    status: isError ? { code: 2 } : {},
  };
  return { traceId, json };
}

export function tracesOf(resource: Attributes, spans: object[]): object {
  return {
    resourceSpans: [
      { resource: { attributes: toKeyValues(resource) }, scopeSpans: [{ scope: { name: "s" }, spans }] },
    ],
  };
}

export function logsOf(resource: Attributes, logRecords: object[]): object {
  return {
    resourceLogs: [
      { resource: { attributes: toKeyValues(resource) }, scopeLogs: [{ scope: { name: "s" }, logRecords }] },
    ],
  };
}
