import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Batch } from "../../src/store/batch.ts";
import type { LogRecord } from "../../src/store/log-record.ts";
import type { MetricRecord, PointRecord, PointValue } from "../../src/store/point-record.ts";
import type { Attributes, ResourceRecord, ScopeRecord, SpanRecord } from "../../src/store/span-record.ts";

/** A folder that is gone when the test is over. */
export async function openTemporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "kontor-store-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export const scope: ScopeRecord = { name: "lib", version: "1.0", schemaUrl: "", attributes: {} };

export function resourceOf(fields: Partial<Omit<ResourceRecord, "attributes">> = {}): ResourceRecord {
  const record = {
    service: "shop",
    namespace: "",
    environment: "default",
    instance: "a",
    version: "1",
    ...fields,
  };
  return {
    ...record,
    attributes: {
      "service.name": record.service,
      "service.namespace": record.namespace,
      "deployment.environment.name": record.environment,
      "service.instance.id": record.instance ?? "",
      "service.version": record.version ?? "",
    },
  };
}

export const shop = resourceOf();

export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

export function span(fields: Partial<SpanRecord> = {}): SpanRecord {
  return {
    ...{ traceId: hex(1, 32), spanId: hex(1, 16), parentSpanId: "", traceState: "", flags: 257 },
    ...{ name: "GET /orders", kind: "server", startUnixNano: 1_000_000_000n, endUnixNano: 1_100_000_000n },
    ...{
      statusCode: "unset",
      statusMessage: "",
      resource: shop,
      scopeName: scope.name,
      scope,
      dropped: undefined,
    },
    ...{
      attributes: { "http.request.method": "GET", "http.route": "/orders" },
      events: [],
      links: [],
      receivedAtMs: 1_200,
    },
    ...fields,
  };
}

export function point(
  value: PointValue,
  fields: Partial<PointRecord> & { metricFields?: Partial<MetricRecord> } = {},
): PointRecord {
  const { metricFields, ...rest } = fields;
  const metric: MetricRecord = {
    ...{
      name: "requests",
      description: "",
      unit: "1",
      kind: "sum",
      temporality: "cumulative",
      monotonic: true,
    },
    ...metricFields,
  };
  const times = { startUnixNano: 0n, timeUnixNano: 1_000_000_000n, receivedAtMs: 1_200 };
  return { metric, resource: shop, scope, attributes: {}, flags: 0, exemplars: [], ...times, value, ...rest };
}

export function log(fields: Partial<LogRecord> = {}): LogRecord {
  return {
    ...{
      timeUnixNano: 1_000_000_000n,
      observedUnixNano: 1_000_000_001n,
      severityNumber: 9,
      severityText: "INFO",
      eventName: "",
    },
    ...{
      body: "hello",
      attributes: {},
      droppedAttributesCount: 0,
      flags: 1,
      traceId: hex(1, 32),
      spanId: hex(1, 16),
    },
    ...{ resource: shop, scope, receivedAtMs: 1_200 },
    ...fields,
  };
}

export function spanBatch(count: number, receivedAtMs = 1_200, attributes: Attributes = {}): Batch {
  const spans = Array.from({ length: count }, (_, index) =>
    span({ spanId: hex(index + 1, 16), receivedAtMs, attributes: { ...attributes, index } }),
  );
  return { kind: "spans", receivedAtMs, spans };
}
