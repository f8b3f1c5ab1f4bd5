import type { SignalName } from "../../src/signals/catalogue.ts";
import type { Sample } from "../../src/signals/signal-source.ts";
import type { MetricRecord, PointRecord, PointValue } from "../../src/store/point-record.ts";
import type { Attributes, ResourceRecord, SpanRecord } from "../../src/store/span-record.ts";
import { createStreamSource, type StreamSourceOptions } from "../../src/store/windows/stream-source.ts";
import { hex, point, shop, span } from "./records.ts";

/** Seconds of the tests' clock as ms and ns; the clock begins at some ordinary time. */
export const baseMs = Date.parse("2026-11-24T12:00:00Z");
export const ms = (seconds: number): number => baseMs + seconds * 1000;
export const nano = (seconds: number): bigint => BigInt(Math.round(ms(seconds) * 1000)) * 1000n;

export const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export interface PointFields {
  readonly at: number;
  /** When it arrives; with its time, unless said otherwise. */
  readonly received?: number;
  readonly start?: number;
  readonly resource?: ResourceRecord;
  readonly attributes?: Attributes;
}

function fieldsOf({ at, received, start, resource, attributes }: PointFields): Partial<PointRecord> {
  return {
    timeUnixNano: nano(at),
    startUnixNano: nano(start ?? 0),
    receivedAtMs: ms(received ?? at),
    resource: resource ?? shop,
    attributes: attributes ?? {},
  };
}

export function counter(
  name: string,
  value: number,
  fields: PointFields,
  temporality: MetricRecord["temporality"] = "cumulative",
): PointRecord {
  return point(
    { kind: "number", value },
    { ...fieldsOf(fields), metricFields: { name, kind: "sum", temporality } },
  );
}

export function gauge(name: string, value: number, fields: PointFields): PointRecord {
  return point(
    { kind: "number", value },
    {
      ...fieldsOf(fields),
      metricFields: { name, kind: "gauge", temporality: "unspecified", monotonic: false },
    },
  );
}

export const route = {
  "http.request.method": "GET",
  "http.route": "/orders",
  "http.response.status_code": 200,
};

/** A histogram of these durations in seconds, as `http.server.request.duration` unless said otherwise. */
export function histogram(
  durations: readonly number[],
  fields: PointFields & {
    readonly name?: string;
    readonly temporality?: MetricRecord["temporality"];
    readonly bounds?: readonly number[];
  },
): PointRecord {
  const upper = fields.bounds ?? bounds;
  const counts = [...upper, Infinity].map(
    (bound, index) => durations.filter((value) => value <= bound && value > (upper[index - 1] ?? -1)).length,
  );
  const value: PointValue = {
    ...{
      kind: "histogram",
      count: durations.length,
      sum: durations.reduce((sum, duration) => sum + duration, 0),
    },
    ...{ min: undefined, max: undefined, bounds: upper, counts },
  };
  const metricFields = {
    name: fields.name ?? "http.server.request.duration",
    unit: "s",
    kind: "histogram",
    monotonic: false,
  } as const;
  return point(value, {
    ...fieldsOf({ ...fields, attributes: fields.attributes ?? route }),
    metricFields: { ...metricFields, temporality: fields.temporality ?? "cumulative" },
  });
}

/** The same as an exponential histogram of a scale. */
export function exponential(durations: readonly number[], scale: number, fields: PointFields): PointRecord {
  const base = 2 ** (2 ** -scale);
  const indexes = durations
    .filter((value) => value > 0)
    .map((value) => Math.ceil(Math.log(value) / Math.log(base)) - 1);
  const offset = indexes.length === 0 ? 0 : Math.min(...indexes);
  const size = indexes.length === 0 ? 0 : Math.max(...indexes) - offset + 1;
  const counts = Array.from(
    { length: size },
    (_, bucket) => indexes.filter((index) => index - offset === bucket).length,
  );
  const value: PointValue = {
    ...{
      kind: "exponential",
      count: durations.length,
      sum: durations.reduce((sum, one) => sum + one, 0),
      min: undefined,
      max: undefined,
    },
    ...{ scale, zeroCount: durations.length - indexes.length, zeroThreshold: 0 },
    ...{ positive: { offset, counts }, negative: { offset: 0, counts: [] } },
  };
  const metricFields = {
    name: "http.server.request.duration",
    unit: "s",
    kind: "exponentialHistogram",
    temporality: "cumulative",
  } as const;
  return point(value, { ...fieldsOf({ ...fields, attributes: fields.attributes ?? route }), metricFields });
}

let nextSpan = 1;

/** A server span that ends at a time, in seconds. */
export function request(
  at: number,
  durationSeconds: number,
  fields: Partial<SpanRecord> & { readonly received?: number } = {},
): SpanRecord {
  const { received, ...rest } = fields;
  return span({
    spanId: hex(nextSpan++, 16),
    startUnixNano: nano(at - durationSeconds),
    endUnixNano: nano(at),
    receivedAtMs: ms(received ?? at),
    attributes: route,
    ...rest,
  });
}

/** Windows with a reading of one signal by route or service name. */
export function openWindows(options: StreamSourceOptions = {}) {
  const source = createStreamSource(options);
  return {
    source,
    add: (...points: PointRecord[]) => source.add(points),
    addSpans: (...spans: SpanRecord[]) => source.addSpans(spans),
    /** Of the subject named, or of the only one there is. */
    read(signal: SignalName, at: number, windowSeconds = 30, subject?: string): Sample | undefined {
      const samples = [...source.read(signal, windowSeconds, ms(at)).values()];
      if (subject === undefined) return samples.length > 1 ? undefined : samples[0];
      return samples.find(
        (sample) =>
          sample.subject.route === subject ||
          (sample.subject.route === undefined && sample.subject.service === subject),
      );
    },
  };
}
