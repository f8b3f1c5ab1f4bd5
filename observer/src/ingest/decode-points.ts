import type {
  Exemplar,
  ExponentialBuckets,
  MetricRecord,
  PointRecord,
  PointValue,
} from "../store/point-record.ts";
import type { ResourceRecord, ScopeRecord } from "../store/span-record.ts";
import type { AttributeTarget } from "./attribute-policy.ts";
import { isExponentialHistogram, isHistogram } from "./check-histogram.ts";
import type { DecodeRun } from "./decode-context.ts";
import { readKeyValue, toExactNumber } from "./decode-value.ts";
import type { ProtobufReader } from "./protobuf-reader.ts";
import type { RefusalReason } from "./refusal.ts";

/** A point whose fields are being filled; what both encodings produce before `acceptPoint` judges it. */
export type DraftPoint = { -readonly [Key in keyof PointRecord]: PointRecord[Key] };

export interface PointOwner {
  readonly metric: MetricRecord;
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
}

/** The fields of all kinds of point; which of them count is said by the kind of the metric. */
export interface PointFields {
  value: number | undefined;
  exactValue: string | undefined;
  count: number;
  sum: number | undefined;
  min: number | undefined;
  max: number | undefined;
  bounds: number[];
  counts: number[];
  scale: number;
  zeroCount: number;
  zeroThreshold: number;
  positive: ExponentialBuckets;
  negative: ExponentialBuckets;
  quantiles: { quantile: number; value: number }[];
}

const noBuckets: ExponentialBuckets = { offset: 0, counts: [] };
const noExemplars: readonly Exemplar[] = [];

export function draftPoint(owner: PointOwner, receivedAtMs: number): DraftPoint {
  return {
    metric: owner.metric,
    resource: owner.resource,
    scope: owner.scope,
    attributes: {},
    startUnixNano: 0n,
    timeUnixNano: 0n,
    flags: 0,
    value: { kind: "none" },
    exemplars: noExemplars,
    receivedAtMs,
  };
}

export function draftFields(): PointFields {
  return {
    ...{ value: undefined, exactValue: undefined, count: 0, sum: undefined, min: undefined, max: undefined },
    ...{
      bounds: [],
      counts: [],
      scale: 0,
      zeroCount: 0,
      zeroThreshold: 0,
      positive: noBuckets,
      negative: noBuckets,
      quantiles: [],
    },
  };
}

const attributeTags = {
  gauge: 0x3a,
  sum: 0x3a,
  histogram: 0x4a,
  exponentialHistogram: 0x0a,
  summary: 0x3a,
} as const;
const exemplarTags = {
  gauge: 0x2a,
  sum: 0x2a,
  histogram: 0x42,
  exponentialHistogram: 0x5a,
  summary: -1,
} as const;

/** Reads one data point of whatever kind its metric has. Start and time have the same place in all of them. */
export function readPoint(
  reader: ProtobufReader,
  end: number,
  run: DecodeRun,
  owner: PointOwner,
): DraftPoint {
  const point = draftPoint(owner, run.receivedAtMs);
  const kind = owner.metric.kind;
  const fields = draftFields();
  const attributes: AttributeTarget = {};
  const exemplars: Exemplar[] = [];
  const readField = kind === "gauge" || kind === "sum" ? readNumberField : readFieldOf[kind];
  run.context.policy.begin();
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x11) point.startUnixNano = reader.fixed64();
    else if (tag === 0x19) point.timeUnixNano = reader.fixed64();
    else if (tag === attributeTags[kind]) readKeyValue(reader, end, attributes, run);
    else if (tag === exemplarTags[kind]) exemplars.push(readExemplar(reader, reader.enter(end), run));
    else if (tag === (kind === "histogram" || kind === "exponentialHistogram" ? 0x50 : 0x40))
      point.flags = reader.varint();
    else if (!readField(reader, tag, end, fields)) reader.skip(tag & 7, end);
  }
  reader.leave(end);
  point.attributes = attributes;
  if (exemplars.length > 0) point.exemplars = exemplars;
  point.value = toPointValue(kind, fields, point.flags);
  return point;
}

type FieldReader = (reader: ProtobufReader, tag: number, end: number, fields: PointFields) => boolean;

const readNumberField: FieldReader = (reader, tag, _end, fields) => {
  if (tag === 0x21) fields.value = reader.double();
  else if (tag === 0x31) setInteger(fields, reader.sfixed64());
  else return false;
  return true;
};

/** Keeps an integer beyond 2^53 twice: rounded to reckon with, and exact to show. */
export function setInteger(fields: PointFields, value: bigint): void {
  const exact = toExactNumber(value);
  fields.value = Number(value);
  fields.exactValue = typeof exact === "string" ? exact : undefined;
}

const readFieldOf: Record<"histogram" | "exponentialHistogram" | "summary", FieldReader> = {
  histogram(reader, tag, end, fields) {
    if (tag === 0x21) fields.count = Number(reader.fixed64());
    else if (tag === 0x29) fields.sum = reader.double();
    else if (tag === 0x32) readPacked(reader, end, () => fields.counts.push(Number(reader.fixed64())));
    else if (tag === 0x31) fields.counts.push(Number(reader.fixed64()));
    else if (tag === 0x3a) readPacked(reader, end, () => fields.bounds.push(reader.double()));
    else if (tag === 0x39) fields.bounds.push(reader.double());
    else if (tag === 0x59) fields.min = reader.double();
    else if (tag === 0x61) fields.max = reader.double();
    else return false;
    return true;
  },
  exponentialHistogram(reader, tag, end, fields) {
    if (tag === 0x21) fields.count = Number(reader.fixed64());
    else if (tag === 0x29) fields.sum = reader.double();
    else if (tag === 0x30) fields.scale = reader.sint32();
    else if (tag === 0x39) fields.zeroCount = Number(reader.fixed64());
    else if (tag === 0x42) fields.positive = readBuckets(reader, reader.enter(end));
    else if (tag === 0x4a) fields.negative = readBuckets(reader, reader.enter(end));
    else if (tag === 0x61) fields.min = reader.double();
    else if (tag === 0x69) fields.max = reader.double();
    else if (tag === 0x71) fields.zeroThreshold = reader.double();
    else return false;
    return true;
  },
  summary(reader, tag, end, fields) {
    if (tag === 0x21) fields.count = Number(reader.fixed64());
    else if (tag === 0x29) fields.sum = reader.double();
    else if (tag === 0x32) fields.quantiles.push(readQuantile(reader, reader.enter(end)));
    else return false;
    return true;
  },
};

function readPacked(reader: ProtobufReader, limit: number, readOne: () => void): void {
  const end = reader.enter(limit);
  while (reader.at < end) readOne();
  reader.leave(end);
}

function readBuckets(reader: ProtobufReader, end: number): ExponentialBuckets {
  const counts: number[] = [];
  let offset = 0;
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x08) offset = reader.sint32();
    else if (tag === 0x12) readPacked(reader, end, () => counts.push(reader.varint()));
    else if (tag === 0x10) counts.push(reader.varint());
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
  return { offset, counts };
}

function readQuantile(reader: ProtobufReader, end: number): { quantile: number; value: number } {
  const out = { quantile: 0, value: 0 };
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x09) out.quantile = reader.double();
    else if (tag === 0x11) out.value = reader.double();
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
  return out;
}

function readExemplar(reader: ProtobufReader, end: number, run: DecodeRun): Exemplar {
  const attributes: AttributeTarget = {};
  const exemplar = { timeUnixNano: 0n, value: 0, traceId: "", spanId: "", attributes };
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x11) exemplar.timeUnixNano = reader.fixed64();
    else if (tag === 0x19) exemplar.value = reader.double();
    else if (tag === 0x31) exemplar.value = Number(reader.sfixed64());
    else if (tag === 0x22) exemplar.spanId = reader.hex(end);
    else if (tag === 0x2a) exemplar.traceId = reader.hex(end);
    else if (tag === 0x3a) readKeyValue(reader, end, attributes, run);
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
  return exemplar;
}

/** Puts together what a point of this kind carries; the flag "no recorded value" and a number that is missing give `none`. */
export function toPointValue(kind: MetricRecord["kind"], fields: PointFields, flags: number): PointValue {
  if ((flags & 1) === 1) return { kind: "none" };
  const { count, sum, min, max } = fields;
  if (kind === "histogram")
    return { kind: "histogram", count, sum, min, max, bounds: fields.bounds, counts: fields.counts };
  if (kind === "summary") return { kind: "summary", count, sum: sum ?? 0, quantiles: fields.quantiles };
  if (kind === "exponentialHistogram") {
    const { scale, zeroCount, zeroThreshold, positive, negative } = fields;
    return { kind: "exponential", count, sum, min, max, scale, zeroCount, zeroThreshold, positive, negative };
  }
  if (fields.value === undefined) return { kind: "none" };
  if (fields.exactValue === undefined) return { kind: "number", value: fields.value };
  return { kind: "number", value: fields.value, exactValue: fields.exactValue };
}

/** Judges a point and finishes it: true when it is taken, else the reason is counted on the run. */
export function acceptPoint(point: DraftPoint, run: DecodeRun): boolean {
  const reason = pointProblem(point, run);
  run.isTooDeep = false;
  if (reason === undefined) {
    run.context.policy.finish(point.attributes as AttributeTarget);
    return true;
  }
  run.refuse(reason);
  return false;
}

function pointProblem(point: DraftPoint, run: DecodeRun): RefusalReason | undefined {
  if (run.isTooDeep) return "attributes_too_deep";
  const { value } = point;
  if (value.kind === "histogram" && !isHistogram(value)) return "invalid_histogram";
  if (value.kind === "exponential" && !isExponentialHistogram(value)) return "invalid_histogram";
  return run.timeProblem(point.timeUnixNano);
}
