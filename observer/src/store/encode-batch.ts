import type { Batch } from "./batch.ts";
import type { ByteWriter } from "./byte-writer.ts";
import type { LogRecord } from "./log-record.ts";
import type { MetricRecord, PointRecord } from "./point-record.ts";
import type { RollupBatch } from "./rollups/rollup-row.ts";
import { toRoute } from "./route.ts";
import type { ResourceRecord, ScopeRecord, SpanRecord } from "./span-record.ts";

export const kindCodes = { spans: 1, points: 2, logs: 3, rollups: 4 } as const;
export type EntryKind = keyof typeof kindCodes;
export const spanKindNames = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
export const statusNames = ["unset", "ok", "error"] as const;

/** Marks in front of a shared text: a number below it is the place of one that came before in the same batch. */
export const newText = 0xffffffff;

/**
 * Writes batches for the journal: a row per record, attributes as JSON, and texts that repeat (senders, metrics, names, routes) once
 * per batch. Whoever reads needs nothing but the entry.
 */
export class BatchEncoder {
  #texts = new Map<string | object, number>();
  readonly #json = new WeakMap<object, string>();

  encode(batch: Batch | RollupBatch, out: ByteWriter): void {
    this.#texts = new Map();
    if (batch.kind === "spans") {
      out.uint32(batch.spans.length);
      for (const span of batch.spans) this.#span(span, out);
    } else if (batch.kind === "points") {
      out.uint32(batch.points.length);
      for (const point of batch.points) this.#point(point, out);
    } else if (batch.kind === "logs") {
      out.uint32(batch.logs.length);
      for (const log of batch.logs) this.#log(log, out);
    } else out.text(JSON.stringify(batch.rows));
  }

  #span(span: SpanRecord, out: ByteWriter): void {
    this.#sender(span.resource, span.scope ?? bareScope(span.scopeName), out);
    out.hex(span.traceId, 16);
    out.hex(span.spanId, 8);
    out.hex(span.parentSpanId, 8);
    out.uint8(spanKindNames.indexOf(span.kind));
    out.uint8(statusNames.indexOf(span.statusCode));
    out.uint32(span.flags);
    out.uint64(span.startUnixNano);
    out.uint64(span.endUnixNano);
    this.#shared(span.name, out);
    this.#shared(span.kind === "server" ? (toRoute(span.attributes) ?? "") : "", out);
    out.text(JSON.stringify(span.attributes));
    out.text(toSpanExtras(span));
  }

  #point(point: PointRecord, out: ByteWriter): void {
    this.#sender(point.resource, point.scope, out);
    this.#sharedObject(point.metric, out);
    out.uint64(point.startUnixNano);
    out.uint64(point.timeUnixNano);
    out.uint32(point.flags);
    out.text(JSON.stringify(point.attributes));
    const { value } = point;
    const isNumber = value.kind === "number" && value.exactValue === undefined;
    out.double(value.kind === "number" ? value.value : Number.NaN);
    out.text(isNumber ? "" : JSON.stringify(value, keepNonFinite));
    out.text(point.exemplars.length === 0 ? "" : JSON.stringify(point.exemplars, keepNonFinite));
  }

  #log(log: LogRecord, out: ByteWriter): void {
    this.#sender(log.resource, log.scope, out);
    out.uint64(log.timeUnixNano);
    out.uint64(log.observedUnixNano);
    out.uint8(log.severityNumber);
    this.#shared(log.severityText, out);
    this.#shared(log.eventName, out);
    out.hex(log.traceId, 16);
    out.hex(log.spanId, 8);
    out.uint32(log.flags);
    out.uint32(log.droppedAttributesCount);
    out.text(JSON.stringify(log.body));
    out.text(JSON.stringify(log.attributes));
  }

  #sender(resource: ResourceRecord, scope: ScopeRecord, out: ByteWriter): void {
    this.#sharedObject(resource, out);
    this.#sharedObject(scope, out);
  }

  #shared(text: string, out: ByteWriter): void {
    const place = this.#texts.get(text);
    if (place !== undefined) {
      out.uint32(place);
      return;
    }
    this.#texts.set(text, this.#texts.size);
    out.uint32(newText);
    out.text(text);
  }

  /** By identity: ingest gives the same object for the same content. */
  #sharedObject(value: ResourceRecord | ScopeRecord | MetricRecord, out: ByteWriter): void {
    const place = this.#texts.get(value);
    if (place !== undefined) {
      out.uint32(place);
      return;
    }
    this.#texts.set(value, this.#texts.size);
    let json = this.#json.get(value);
    if (json === undefined) {
      json = JSON.stringify(value);
      this.#json.set(value, json);
    }
    out.uint32(newText);
    out.text(json);
  }
}

/** For spans made by hand, which name their scope only. */
function bareScope(name: string): ScopeRecord {
  return { name, version: "", schemaUrl: "", attributes: {} };
}

/** What few spans have, as JSON; empty where a span has none of it. */
function toSpanExtras(span: SpanRecord): string {
  const { traceState, statusMessage, events, links, dropped } = span;
  if (
    traceState === "" &&
    statusMessage === "" &&
    events.length + links.length === 0 &&
    dropped === undefined
  )
    return "";
  return JSON.stringify({ traceState, statusMessage, events, links, dropped }, keepNonFinite);
}

/** JSON has no 64-bit integers, no NaN and no infinities; they go as text and `toNumber` and `BigInt` read them back. */
function keepNonFinite(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
