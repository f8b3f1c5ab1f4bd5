import { ByteReader } from "./byte-writer.ts";
import { newText } from "./encode-batch.ts";
import type { RollupRow } from "./rollups/rollup-row.ts";

/** A span as the segments store it: ids as numbers, attributes and what is rare as JSON text. One object is reused for all rows. */
export interface SpanRow {
  /** Resource and scope as JSON; the same string for rows of one sender in a batch. */
  resource: string;
  scope: string;
  traceHigh: bigint;
  traceLow: bigint;
  spanId: bigint;
  /** 0n for a root. */
  parentSpanId: bigint;
  kind: number;
  status: number;
  flags: number;
  startUnixNano: bigint;
  endUnixNano: bigint;
  name: string;
  /** Empty where it has none. */
  route: string;
  attributes: string;
  /** Empty, or JSON of trace state, status message, events, links and dropped counts. */
  extras: string;
}

export interface PointRow {
  resource: string;
  scope: string;
  /** `MetricRecord` as JSON. */
  metric: string;
  startUnixNano: bigint;
  timeUnixNano: bigint;
  flags: number;
  attributes: string;
  /** Of gauges and sums; NaN for all others. */
  value: number;
  /** Empty for plain numbers, else `PointValue` as JSON. */
  detail: string;
  /** Empty, or a JSON array. */
  exemplars: string;
}

export interface LogRow {
  resource: string;
  scope: string;
  timeUnixNano: bigint;
  observedUnixNano: bigint;
  severityNumber: number;
  severityText: string;
  eventName: string;
  traceHigh: bigint;
  traceLow: bigint;
  spanId: bigint;
  flags: number;
  droppedAttributesCount: number;
  body: string;
  attributes: string;
}

/** Reads the rows of a batch of spans, each into the same object. @throws RangeError where the payload is not such a batch */
export function readSpanRows(payload: Buffer, each: (row: SpanRow) => void): void {
  const reader = new ByteReader(payload);
  const texts: string[] = [];
  const row = { resource: "", scope: "" } as SpanRow;
  for (let left = reader.uint32(); left > 0; left--) {
    row.resource = shared(reader, texts);
    row.scope = shared(reader, texts);
    row.traceHigh = reader.idHalf();
    row.traceLow = reader.idHalf();
    row.spanId = reader.idHalf();
    row.parentSpanId = reader.idHalf();
    row.kind = reader.uint8();
    row.status = reader.uint8();
    row.flags = reader.uint32();
    row.startUnixNano = reader.uint64();
    row.endUnixNano = reader.uint64();
    row.name = shared(reader, texts);
    row.route = shared(reader, texts);
    row.attributes = reader.text();
    row.extras = reader.text();
    each(row);
  }
}

/** Reads the rows of a batch of metric points, each into the same object. @throws RangeError where the payload is not such a batch */
export function readPointRows(payload: Buffer, each: (row: PointRow) => void): void {
  const reader = new ByteReader(payload);
  const texts: string[] = [];
  const row = { resource: "", scope: "", metric: "" } as PointRow;
  for (let left = reader.uint32(); left > 0; left--) {
    row.resource = shared(reader, texts);
    row.scope = shared(reader, texts);
    row.metric = shared(reader, texts);
    row.startUnixNano = reader.uint64();
    row.timeUnixNano = reader.uint64();
    row.flags = reader.uint32();
    row.attributes = reader.text();
    row.value = reader.double();
    row.detail = reader.text();
    row.exemplars = reader.text();
    each(row);
  }
}

/** Reads the rows of a batch of log records, each into the same object. @throws RangeError where the payload is not such a batch */
export function readLogRows(payload: Buffer, each: (row: LogRow) => void): void {
  const reader = new ByteReader(payload);
  const texts: string[] = [];
  const row = { resource: "", scope: "" } as LogRow;
  for (let left = reader.uint32(); left > 0; left--) {
    row.resource = shared(reader, texts);
    row.scope = shared(reader, texts);
    row.timeUnixNano = reader.uint64();
    row.observedUnixNano = reader.uint64();
    row.severityNumber = reader.uint8();
    row.severityText = shared(reader, texts);
    row.eventName = shared(reader, texts);
    row.traceHigh = reader.idHalf();
    row.traceLow = reader.idHalf();
    row.spanId = reader.idHalf();
    row.flags = reader.uint32();
    row.droppedAttributesCount = reader.uint32();
    row.body = reader.text();
    row.attributes = reader.text();
    each(row);
  }
}

/** Reads the rows of a batch of rollups. @throws SyntaxError or RangeError where the payload is not such a batch */
export function readRollupRows(payload: Buffer): RollupRow[] {
  return JSON.parse(new ByteReader(payload).text());
}

function shared(reader: ByteReader, texts: string[]): string {
  const place = reader.uint32();
  if (place !== newText) {
    const known = texts[place];
    if (known === undefined) throw new RangeError("a text is referred to that was not written");
    return known;
  }
  const text = reader.text();
  texts.push(text);
  return text;
}
