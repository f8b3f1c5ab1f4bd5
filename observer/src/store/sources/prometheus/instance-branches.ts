import type { CounterInput, EventInput, GaugeInput, Reading } from "../../../signals/signal-definition.ts";
import { type BranchContext, instanceLabel, type PromqlBranch, serviceLabels } from "./branch.ts";
import { toPrometheusLabel, toPrometheusName } from "./metric-name.ts";
import { by, either, elapsed, increase, type Matcher, type Selector, select } from "./promql.ts";
import { counterNames, gaugeNames } from "./spellings.ts";
import { toMatchers } from "./to-matchers.ts";

type InstanceReading = Exclude<Reading, { kind: "quantile" | "failureRatio" | "eventRate" }>;

const perInstance = [...serviceLabels, instanceLabel];

/** A value for each instance of a service, and for each of what is kept apart inside it. */
interface InstanceVector {
  readonly labels: readonly string[];
  readonly value: string;
  /** The series it rests on. */
  readonly series: readonly Selector[];
}

/** Each metric a reading may come as; of quotients each pair of them. */
export function instanceBranches(reading: InstanceReading, context: BranchContext): PromqlBranch[] {
  return vectorsOf(reading, context).map(({ labels, value, series }) => {
    const { window, signal } = context;
    const counted = either(series.map((one) => `count_over_time(${select(one)}[${window.text}])`));
    const points = by("max", perInstance, counted);
    const asked = {
      value: combine(signal.instances, { value, labels, points }),
      count: by("sum", serviceLabels, points),
      newest: by("max", perInstance, either(series.map((one) => `timestamp(${select(one)})`))),
    };
    const { value: whole, count } = asked;
    const present = by("group", serviceLabels, value);
    return { kind: "plain", perSeconds: 1, present, value: whole, count, parts: asked };
  });
}

/** What an instance keeps apart counts as its largest. */
function combine(
  how: BranchContext["signal"]["instances"],
  { value, labels, points }: { value: string; labels: readonly string[]; points: string },
): string {
  if (how === "max") return by("max", serviceLabels, value);
  const largest = labels.length === perInstance.length ? value : by("max", perInstance, value);
  if (how !== "mean") return by("sum", serviceLabels, largest);
  return `${by("sum", serviceLabels, `${largest} * ${points}`)} / ${by("sum", serviceLabels, points)}`;
}

function vectorsOf(reading: InstanceReading, context: BranchContext): InstanceVector[] {
  if (reading.kind === "gauge") return gauges(reading.of, reading.over, context);
  if (reading.kind === "counterRate") return counterRates(reading.of, reading.perSeconds, context);
  if (reading.kind === "timeShare") return timeShares(reading.of, context);
  const divisors = vectorsOf(reading.divisor, context);
  return vectorsOf(reading.dividend, context).flatMap((dividend) => {
    const divisor = either(divisors.map(({ value }) => value));
    const labels = dividend.labels;
    return [{ ...dividend, value: `${dividend.value} / on (${labels.join(", ")}) (${divisor} != 0)` }];
  });
}

function gauges(
  input: GaugeInput,
  over: "latest" | "mean" | "max",
  context: BranchContext,
): InstanceVector[] {
  const { window, services } = context;
  const labels = [...perInstance, ...input.keepApart.map(toPrometheusLabel)];
  const function_ = { latest: "last_over_time", mean: "avg_over_time", max: "max_over_time" }[over];
  return input.metrics.flatMap((metric) => {
    const where = input.where.flatMap((filter) => toMatchers(metric.name, filter));
    return gaugeNames(metric).map((name) => {
      const series = { name, matchers: [...services, ...where] };
      const value = by(input.acrossAttributes, labels, `${function_}(${select(series)}[${window.text}])`);
      return { labels, value: scaled(value, metric.scale), series: [series] };
    });
  });
}

function counterRates(input: CounterInput, perSeconds: number, context: BranchContext): InstanceVector[] {
  return input.metrics.map((metric) => {
    const where = input.where.flatMap((filter) => toMatchers(metric.name, filter));
    const series = {
      name: counterNames(metric),
      matchers: [...context.services, ...where],
    };
    return rateOf(series, series, metric.scale * perSeconds, context);
  });
}

/** Durations are in ms, so that a thousandth of their sum each second is the share of time. */
function timeShares(input: EventInput, context: BranchContext): InstanceVector[] {
  if (input.kind === "spans") return [];
  return input.metrics.map((metric) => {
    const name = toPrometheusName(metric, "histogram");
    const matchers: readonly Matcher[] = context.services;
    return rateOf(
      { name: `${name}_sum`, matchers },
      { name: `${name}_count`, matchers },
      metric.scale / 1000,
      context,
    );
  });
}

function rateOf(
  series: Selector,
  heard: Selector,
  factor: number,
  { window }: BranchContext,
): InstanceVector {
  const grown = by("sum", perInstance, increase(series, window, { heard, service: serviceLabels }));
  const seconds = by("max", perInstance, elapsed(series, window));
  const value = scaled(`${grown} / ${seconds}`, factor);
  return { labels: perInstance, value, series: [series] };
}

function scaled(vector: string, factor: number): string {
  return factor === 1 ? vector : `${vector} * ${factor}`;
}
