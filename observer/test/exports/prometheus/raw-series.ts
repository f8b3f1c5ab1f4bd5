import type {
  AttributeFilter,
  CounterInput,
  EventInput,
  GaugeInput,
  HistogramInput,
  MetricName,
  Reading,
  ScalarReading,
} from "../../../src/signals/signal-definition.ts";
import { toPrometheusLabel, toPrometheusName } from "../../../src/store/sources/prometheus/metric-name.ts";

type Labels = Readonly<Record<string, string>>;

/** One series as promtool takes it: `name{label="value"}` with its samples, `_` where there is none. */
export interface RawSeries {
  readonly series: string;
  readonly values: string;
}

/** How long a signal has a value. `silent` sends nothing. */
export interface Phase {
  readonly value: number | "silent";
  readonly steps: number;
}

/** Events a second that a request signal gets: enough for every `minRequests` of the tests. */
const eventsPerSecond = 20;
const divisor = 4;

/**
 * What a service would send for a signal to have these values one after the other, by the first reading of its definition.
 *
 * @param stepSeconds between two samples
 */
export function toRawSeries(
  reading: Reading,
  phases: readonly Phase[],
  labels: Labels,
  stepSeconds: number,
): RawSeries[] {
  if (reading.kind === "quantile") return quantileSeries(reading.of, phases, labels, stepSeconds);
  if (reading.kind === "failureRatio") return ratioSeries(reading.of, phases, labels, stepSeconds);
  if (reading.kind === "eventRate") {
    const name = `${nameOf(reading.of, "histogram")}_count`;
    return [
      total(
        name,
        { ...labels, ...required(reading.of) },
        phases,
        (value) => (value * stepSeconds) / reading.perSeconds,
      ),
    ];
  }
  if (reading.kind === "timeShare") {
    const name = nameOf(reading.of, "histogram");
    const perSecond = 1000 / firstOf(reading.of).scale;
    return [
      total(`${name}_sum`, labels, phases, (value) => value * stepSeconds * perSecond),
      total(`${name}_count`, labels, phases, () => 1),
    ];
  }
  if (reading.kind === "quotient")
    return [
      scalarSeries(reading.dividend, phases, labels, stepSeconds, divisor),
      scalarSeries(
        reading.divisor,
        phases.map(({ steps, value }) => ({ steps, value: value === "silent" ? value : divisor })),
        labels,
        stepSeconds,
        1,
      ),
    ];
  return [scalarSeries(reading, phases, labels, stepSeconds, 1)];
}

function scalarSeries(
  reading: ScalarReading,
  phases: readonly Phase[],
  labels: Labels,
  stepSeconds: number,
  factor: number,
): RawSeries {
  const own = { ...labels, ...whereOf(reading.of) };
  const { scale } = firstOf(reading.of);
  if (reading.kind === "gauge")
    return gauge(nameOf(reading.of, "gauge"), own, phases, (value) => (value * factor) / scale);
  const perStep = (value: number) => (value * factor * stepSeconds) / reading.perSeconds / scale;
  return total(nameOf(reading.of, "counter"), own, phases, perStep);
}

/** All events of a phase lie within a thousandth of its value. */
function quantileSeries(
  input: EventInput,
  phases: readonly Phase[],
  labels: Labels,
  stepSeconds: number,
): RawSeries[] {
  const name = nameOf(input, "histogram");
  const { scale } = firstOf(input);
  const own = { ...labels, ...required(input) };
  const values = [...new Set(phases.flatMap(({ value }) => (value === "silent" ? [] : [value / scale])))];
  const bounds = values.flatMap((value) => [value * 0.999, value * 1.001]).toSorted((a, b) => a - b);
  const perStep = eventsPerSecond * stepSeconds;
  const inBucket = (bound: number) => (value: number) => (value / scale <= bound ? perStep : 0);
  return [
    ...bounds.map((bound) => total(`${name}_bucket`, { ...own, le: String(bound) }, phases, inBucket(bound))),
    total(`${name}_bucket`, { ...own, le: "+Inf" }, phases, () => perStep),
    total(`${name}_count`, own, phases, () => perStep),
  ];
}

function ratioSeries(
  input: EventInput,
  phases: readonly Phase[],
  labels: Labels,
  stepSeconds: number,
): RawSeries[] {
  const name = `${nameOf(input, "histogram")}_count`;
  const own = { ...labels, ...required(input) };
  const [failed] = input.failedWhen;
  const perStep = eventsPerSecond * stepSeconds;
  return [
    total(name, own, phases, (value) => perStep * (1 - value)),
    total(
      name,
      { ...own, ...(failed === undefined ? {} : matching(failed)) },
      phases,
      (value) => perStep * value,
    ),
  ];
}

function firstOf(input: EventInput | CounterInput | GaugeInput): MetricName {
  if (input.kind === "spans") throw new Error(`${input.id} is read from spans`);
  const [first] = input.metrics;
  if (first === undefined) throw new Error(`${input.id} has no metric`);
  return first;
}

function nameOf(
  input: EventInput | CounterInput | GaugeInput,
  kind: "histogram" | "counter" | "gauge",
): string {
  return toPrometheusName(firstOf(input), kind);
}

function required(input: EventInput): Labels {
  if (input.kind === "spans") return {};
  return Object.fromEntries(
    (input satisfies HistogramInput).requires
      .filter((attribute) => attribute !== "http.route")
      .map((attribute) => [toPrometheusLabel(attribute), "x"]),
  );
}

function whereOf(input: CounterInput | GaugeInput): Labels {
  return Object.assign({}, ...input.where.map(matching));
}

function matching({ attribute, atLeast, oneOf }: AttributeFilter): Labels {
  return { [toPrometheusLabel(attribute)]: String(atLeast ?? oneOf?.[0] ?? "timeout") };
}

function total(
  name: string,
  labels: Labels,
  phases: readonly Phase[],
  perStep: (value: number) => number,
): RawSeries {
  let counted = 0;
  const samples = phases.flatMap(({ value, steps }) =>
    Array.from({ length: steps }, () => {
      if (value === "silent") return "_";
      counted += perStep(value);
      return String(counted);
    }),
  );
  return { series: toText(name, labels), values: samples.join(" ") };
}

function gauge(
  name: string,
  labels: Labels,
  phases: readonly Phase[],
  toSample: (value: number) => number,
): RawSeries {
  const samples = phases.flatMap(({ value, steps }) => {
    const sample = value === "silent" ? "_" : String(toSample(value));
    return Array.from({ length: steps }, () => sample);
  });
  return { series: toText(name, labels), values: samples.join(" ") };
}

function toText(name: string, labels: Labels): string {
  const inside = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${name}{${inside.join(",")}}`;
}
