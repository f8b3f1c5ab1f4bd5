import { toIngestLimits } from "../../src/engine/to-ingest-limits.ts";
import { AttributePolicy } from "../../src/ingest/attribute-policy.ts";
import { CardinalityGuard } from "../../src/ingest/cardinality-guard.ts";
import { decodeBatch } from "../../src/ingest/decode-batch.ts";
import { DecodeRun } from "../../src/ingest/decode-context.ts";
import { IngestCounters, type ItemKind } from "../../src/ingest/ingest-counters.ts";
import type { Encoding } from "../../src/ingest/otlp-answer.ts";
import type { IngestLimits } from "../../src/ingest/otlp-app.ts";
import type { RefusalReason } from "../../src/ingest/refusal.ts";
import { SenderRegistry } from "../../src/ingest/sender-registry.ts";
import { StringCache } from "../../src/ingest/string-cache.ts";
import type { Batch } from "../../src/store/batch.ts";
import { readGood } from "../config/read.ts";

/** The time at which everything arrives in these tests. */
export const arrivalMs = Date.parse("2026-11-24T12:00:00Z");

/** As in the receiver of an observer whose configuration says nothing of them. */
export const shippedLimits: IngestLimits = toIngestLimits(readGood({}).ingest);

export interface Decoded {
  readonly batch: Batch;
  readonly refusals: ReadonlyMap<RefusalReason, number>;
}

/** A decoder as the receiver has it, without HTTP around it. */
export function createDecoder(limits: Partial<IngestLimits> = {}) {
  const all = { ...shippedLimits, ...limits };
  const counters = new IngestCounters();
  const guard = new CardinalityGuard(all);
  const context = {
    strings: new StringCache(),
    policy: new AttributePolicy({
      hashKey: Buffer.alloc(32, 7),
      limits: all,
      count: (what) => counters.alter(what),
    }),
    senders: new SenderRegistry(all),
    maxDepth: all.maxDepth,
    maxFutureMs: all.maxFutureMs,
  };
  return {
    counters,
    decode(body: Uint8Array, kind: ItemKind, encoding: Encoding): Decoded {
      const run = new DecodeRun(context, arrivalMs);
      const batch = decodeBatch(Buffer.from(body), kind, encoding, run, { guard, counters });
      return { batch, refusals: run.refusals };
    },
    json(document: unknown, kind: ItemKind): Decoded {
      return this.decode(Buffer.from(JSON.stringify(document)), kind, "json");
    },
  };
}

/** An attribute list of OTLP JSON. */
export function attributes(values: Record<string, unknown>): { key: string; value: object }[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: attributes(value as Record<string, unknown>) } };
}

/** One span in OTLP JSON that is taken as it is; fields given replace its own. */
export function jsonSpan(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    traceId: "5b8efff798038103d269b633813fc60c",
    spanId: "eee19b7ec3c1b174",
    name: "GET /api/orders",
    kind: 2,
    startTimeUnixNano: `${arrivalMs}000000`,
    endTimeUnixNano: `${arrivalMs}500000`,
    ...fields,
  };
}

export function jsonTraces(
  spans: readonly unknown[],
  resource: Record<string, unknown> = { "service.name": "shop" },
) {
  return {
    resourceSpans: [
      { resource: { attributes: attributes(resource) }, scopeSpans: [{ scope: { name: "lib" }, spans }] },
    ],
  };
}

export function jsonMetrics(
  metrics: readonly unknown[],
  resource: Record<string, unknown> = { "service.name": "shop" },
) {
  return {
    resourceMetrics: [
      { resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope: { name: "lib" }, metrics }] },
    ],
  };
}
