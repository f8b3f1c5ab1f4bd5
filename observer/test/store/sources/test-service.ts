import { attributes } from "../../ingest/decode-fixture.ts";

/** Upper bounds of the histograms of these services, in seconds. */
export const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export interface ServiceOptions {
  readonly name: string;
  readonly instance?: string;
  readonly resource?: Record<string, unknown>;
  /** How its histograms and counters count. */
  readonly temporality?: "cumulative" | "delta";
  readonly bounds?: readonly number[];
  /** Scale of exponential histograms; explicit bounds without. */
  readonly exponential?: number;
}

type Attributes = Record<string, string | number>;

interface Histogram {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  durations: number[];
}

interface Sum {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  value: number;
}

const nano = (ms: number): string => `${Math.round(ms)}000000`;
const temporalities = { delta: 1, cumulative: 2 };

/** A service as SDKs know it: what is measured goes into instruments, and each export sends what they hold, as OTLP. */
export function createTestService(options: ServiceOptions) {
  const { temporality = "cumulative" } = options;
  const histograms = new Map<string, Histogram>();
  const sums = new Map<string, Sum>();
  const gauges = new Map<string, Sum>();
  let startMs = 0;
  let lastMs = 0;

  const open = <Item>(all: Map<string, Item>, make: Item, ...key: unknown[]): Item => {
    const id = JSON.stringify(key);
    const known = all.get(id) ?? make;
    all.set(id, known);
    return known;
  };
  const record = (name: string, unit: string, values: readonly number[], about: Attributes): void => {
    const made: Histogram = { name, unit, attributes: about, durations: [] };
    open(histograms, made, name, about).durations.push(...values);
  };
  return {
    name: options.name,
    /** Requests that took so long, in seconds each. @param route `GET /orders` */
    request(
      route: string,
      seconds: readonly number[],
      more: Attributes = { "http.response.status_code": 200 },
    ): void {
      const [method = "", path = ""] = route.split(" ");
      const about = { "http.request.method": method, "http.route": path, ...more };
      record("http.server.request.duration", "s", seconds, about);
    },
    record,
    count(name: string, unit: string, by: number, about: Attributes = {}): void {
      open(sums, { name, unit, attributes: about, value: 0 }, name, about).value += by;
    },
    gauge(name: string, unit: string, value: number, about: Attributes = {}): void {
      open(gauges, { name, unit, attributes: about, value }, name, about).value = value;
    },
    /** A new process in the same place: everything counts from zero, and what is not measured again is not sent. */
    restart(atMs: number): void {
      histograms.clear();
      sums.clear();
      gauges.clear();
      startMs = atMs;
      lastMs = 0;
    },
    /** What it sends at a time, ms since the epoch. */
    export(atMs: number) {
      if (startMs === 0) startMs = atMs - 1000;
      const times = {
        startTimeUnixNano: nano(temporality === "delta" && lastMs > 0 ? lastMs : startMs),
        timeUnixNano: nano(atMs),
      };
      lastMs = atMs;
      const aggregationTemporality = temporalities[temporality];
      const metrics = [
        ...[...histograms.values()].map(({ name, unit, attributes: about, durations }) => {
          const common = { attributes: attributes(about), ...times, ...totals(durations) };
          const kind = options.exponential === undefined ? "histogram" : "exponentialHistogram";
          const buckets =
            options.exponential === undefined
              ? explicit(durations, options.bounds ?? bounds)
              : exponential(durations, options.exponential);
          return { name, unit, [kind]: { aggregationTemporality, dataPoints: [{ ...common, ...buckets }] } };
        }),
        ...[...sums.values()].map(({ name, unit, attributes: about, value }) => ({
          ...{ name, unit },
          sum: {
            ...{ aggregationTemporality, isMonotonic: true },
            dataPoints: [{ attributes: attributes(about), ...times, asDouble: value }],
          },
        })),
        ...[...gauges.values()].map(({ name, unit, attributes: about, value }) => ({
          ...{ name, unit },
          gauge: {
            dataPoints: [{ attributes: attributes(about), timeUnixNano: nano(atMs), asDouble: value }],
          },
        })),
      ];
      if (temporality === "delta") {
        for (const one of histograms.values()) one.durations = [];
        for (const one of sums.values()) one.value = 0;
      }
      const resource = {
        "service.name": options.name,
        "service.instance.id": options.instance ?? "a",
        ...options.resource,
      };
      return {
        resource: { attributes: attributes(resource) },
        scopeMetrics: [{ scope: { name: "test" }, metrics }],
      };
    },
  };
}

export type TestService = ReturnType<typeof createTestService>;

function totals(durations: readonly number[]) {
  return { count: String(durations.length), sum: durations.reduce((sum, one) => sum + one, 0) };
}

function explicit(durations: readonly number[], explicitBounds: readonly number[]) {
  const bucketCounts = [...explicitBounds, Infinity].map((bound, index) =>
    String(durations.filter((value) => value <= bound && value > (explicitBounds[index - 1] ?? -1)).length),
  );
  return { bucketCounts, explicitBounds };
}

function exponential(durations: readonly number[], scale: number) {
  const base = 2 ** (2 ** -scale);
  const indexes = durations.map((value) => Math.ceil(Math.log(value) / Math.log(base)) - 1);
  const offset = indexes.length === 0 ? 0 : Math.min(...indexes);
  const size = indexes.length === 0 ? 0 : Math.max(...indexes) - offset + 1;
  const bucketCounts = Array.from({ length: size }, (_, bucket) =>
    String(indexes.filter((index) => index - offset === bucket).length),
  );
  return {
    scale,
    zeroCount: "0",
    positive: { offset, bucketCounts },
    negative: { offset: 0, bucketCounts: [] },
  };
}
