import type { CataloguedSignal } from "../../../signals/catalogue.ts";
import type { CounterInput, EventInput, GaugeInput, Reading } from "../../../signals/signal-definition.ts";
import type { SlowServices } from "../slow-services.ts";
import { spanDurations } from "../span-metrics.ts";
import { boundPattern, fields } from "./fields.ts";
import { isNoneOf, isOneOf, justAfter, quoteFlux } from "./flux.ts";

/**
 * What is read of a window. `now` is the newest point in it and `before` the last one before it, of totals and gauges; `buckets` has
 * one row for each; `points` says how many there are in it.
 */
export const fluxParts = ["now", "before", "buckets", "mean", "max", "points"] as const;
export type FluxPart = (typeof fluxParts)[number];

export interface CompiledFlux {
  /** ONE query that reads everything there is of a signal, as results named `<group>.<part>`. */
  readonly query: string;
  /** The window of each group, in seconds. */
  readonly windows: readonly number[];
}

export interface FluxOptions {
  readonly bucket: string;
  readonly atMs: number;
  readonly windowSeconds: number;
  /** Services that are read over a longer window. */
  readonly slow?: readonly SlowServices[];
}

/** How far before a window its last point is looked for, as Prometheus does. */
export const lookBackMs = 300_000;

type Input = EventInput | CounterInput | GaugeInput;

/** Which fields of which measurements each part needs. */
type Needs = Map<FluxPart, { readonly measurements: Set<string>; readonly fields: Set<string> }>;

/** A catalogued signal over a window as Flux, for metrics that the collector wrote. Sums are made of the rows by `readSeries`. */
export function toFlux(signal: CataloguedSignal, options: FluxOptions): CompiledFlux {
  const { windowSeconds, slow = [] } = options;
  const needs = needsOf(signal.readings);
  const named = slow.flatMap(({ services }) => services);
  const groups = [
    { windowSeconds, services: named.length === 0 ? undefined : isNoneOf("service.name", named) },
    ...slow.map((group) => ({
      windowSeconds: group.windowSeconds,
      services: isOneOf("service.name", group.services),
    })),
  ];
  const reads = groups.flatMap((group, index) =>
    [...needs].map(([part, { measurements, fields: wanted }]) => {
      const field = part === "buckets" ? `r._field =~ ${boundPattern}` : isOneOf("_field", [...wanted]);
      const tests = [isOneOf("_measurement", [...measurements]), field, group.services];
      const filter = `filter(fn: (r) => ${tests.filter((test) => test !== undefined).join(" and ")})`;
      return toRead(options, group.windowSeconds, part, filter, `${index}.${part}`);
    }),
  );
  return { query: reads.join("\n\n"), windows: groups.map((group) => group.windowSeconds) };
}

function toRead(
  { bucket, atMs }: FluxOptions,
  windowSeconds: number,
  part: FluxPart,
  filter: string,
  name: string,
): string {
  const windowMs = Math.round(windowSeconds * 1000);
  const startMs = atMs - windowMs;
  const range = (fromMs: number, toMs: number) =>
    `range(start: ${justAfter(fromMs)}, stop: ${justAfter(toMs)})`;
  // Both windows in one pass, which InfluxDB does where the points lie.
  const twice = `aggregateWindow(every: ${windowMs}ms, offset: ${atMs % windowMs}ms1ns, fn: last, createEmpty: false)`;
  const [read, reduce] = {
    now: [range(startMs, atMs), "last()"],
    before: [range(startMs - lookBackMs, startMs), "last()"],
    buckets: [range(startMs - windowMs, atMs), twice],
    mean: [range(startMs, atMs), "mean()"],
    max: [range(startMs, atMs), "max()"],
    points: [range(startMs, atMs), "count()"],
  }[part];
  const steps = [
    `from(bucket: ${quoteFlux(bucket)})`,
    read,
    filter,
    reduce,
    'drop(columns: ["_start", "_stop"])',
    `yield(name: ${quoteFlux(name)})`,
  ];
  return steps.join("\n  |> ");
}

function needsOf(readings: readonly Reading[]): Needs {
  const needs: Needs = new Map();
  const need = (part: FluxPart, input: Input, ...wanted: string[]): void => {
    const known = needs.get(part) ?? { measurements: new Set<string>(), fields: new Set<string>() };
    needs.set(part, known);
    for (const measurement of measurementsOf(input)) known.measurements.add(measurement);
    for (const field of wanted) known.fields.add(field);
  };
  const total = (input: Input, ...wanted: string[]): void => {
    need("now", input, ...wanted, fields.start);
    need("before", input, ...wanted, fields.start);
  };
  const visit = (reading: Reading): void => {
    if (reading.kind === "quotient") {
      visit(reading.dividend);
      visit(reading.divisor);
    } else if (reading.kind === "gauge") {
      // Also for the time of the newest point.
      need("now", reading.of, fields.gauge);
      need("points", reading.of, fields.gauge);
      if (reading.over !== "latest") need(reading.over, reading.of, fields.gauge);
    } else if (reading.kind === "counterRate") {
      total(reading.of, fields.counter);
      need("points", reading.of, fields.counter);
    } else if (reading.kind === "timeShare") {
      total(reading.of, fields.count, fields.sum);
      need("points", reading.of, fields.count);
    } else {
      total(reading.of, fields.count);
      if (reading.kind === "quantile") need("buckets", reading.of);
    }
  };
  for (const reading of readings) visit(reading);
  return needs;
}

/** Spans are there as the collector's metrics of them. */
function measurementsOf(input: Input): string[] {
  return input.kind === "spans" ? [spanDurations.name] : input.metrics.map(({ name }) => name);
}
