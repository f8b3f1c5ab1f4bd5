import type { CataloguedSignal } from "../../../signals/catalogue.ts";
import type { Reading } from "../../../signals/signal-definition.ts";
import { attributeOn, routeAttributes } from "../subject-attributes.ts";
import { instanceLabel, serviceLabels } from "./branch.ts";
import { type EventForm, eventForms } from "./event-forms.ts";
import { toPrometheusLabel, toPrometheusName } from "./metric-name.ts";
import { by, either, type Matcher, type Selector, select } from "./promql.ts";
import { counterNames, gaugeNames } from "./spellings.ts";
import { toMatchers } from "./to-matchers.ts";

/** Labels by which subjects are known in Prometheus. */
export const subjectLabels = {
  environment: "deployment_environment_name",
  namespace: "service_namespace",
  service: "service_name",
  instance: instanceLabel,
  version: "service_version",
  method: toPrometheusLabel(routeAttributes[0]),
  route: toPrometheusLabel(routeAttributes[1]),
} as const;

export interface PromqlOptions {
  /** Between the brackets as it is: `30s`, or `$__rate_interval`. */
  readonly window: string;
  /** Put into every selector as they are: `service_name=~"$service"`. */
  readonly matchers?: readonly string[];
  /** Labels kept; those of the signal's subject when left out. */
  readonly by?: readonly string[];
  /** `first` reads what our own services send, and stays short; `all` whatever the catalogue knows, in its order. */
  readonly names?: "all" | "first";
}

/** Expressions with one element for each subject. `value` is in the unit of the signal, and NaN where nothing was counted. */
export interface PromqlExpressions {
  readonly value: string;
  /** What the value rests on: events in the window, or points. Compared with `minRequests`. */
  readonly count: string;
}

/**
 * A catalogued signal as a person would write it, with `rate()`: for panels and for rules of Prometheus and Grafana. Counts are
 * extrapolated to the window's ends, as Prometheus does; `toPromql` is exact and long.
 */
export function compilePromql(signal: CataloguedSignal, options: PromqlOptions): PromqlExpressions {
  const readings = options.names === "all" ? signal.readings : signal.readings.slice(0, 1);
  const candidates = readings.flatMap((reading) => candidatesOf(signal, reading, options));
  const chosen = options.names === "all" ? candidates : candidates.slice(0, 1);
  return { value: prefer(chosen, "value"), count: prefer(chosen, "count") };
}

/** A service is read by the first that has it. */
function prefer(candidates: readonly PromqlExpressions[], part: keyof PromqlExpressions): string {
  const [first, ...others] = candidates.map((candidate) => candidate[part]);
  return [first, ...others.map((other) => `or on (${serviceLabels.join(", ")}) (${other})`)].join(" ");
}

function candidatesOf(
  signal: CataloguedSignal,
  reading: Reading,
  options: PromqlOptions,
): PromqlExpressions[] {
  if (reading.kind === "quantile" || reading.kind === "failureRatio" || reading.kind === "eventRate") {
    const isPerRoute = signal.dimensions.includes("route");
    return eventForms(reading.of, isPerRoute)
      .filter(({ isNative }) => !isNative)
      .map((form) => (isPerRoute ? form : { ...form, requires: [] }))
      .map((form) => eventExpressions(reading, form, labelsOf(signal, form, options), options));
  }
  return instanceExpressions(signal, reading, options);
}

function labelsOf(
  signal: CataloguedSignal,
  { metric }: EventForm,
  { by: kept }: PromqlOptions,
): readonly string[] {
  if (kept !== undefined) return kept;
  if (!signal.dimensions.includes("route")) return serviceLabels;
  return [
    ...serviceLabels,
    ...routeAttributes.map((name) => toPrometheusLabel(attributeOn(metric.name, name))),
  ];
}

function eventExpressions(
  reading: Extract<Reading, { kind: "quantile" | "failureRatio" | "eventRate" }>,
  form: EventForm,
  labels: readonly string[],
  { window, matchers = [] }: PromqlOptions,
): PromqlExpressions {
  const name = toPrometheusName(form.metric, "histogram");
  const required = form.requires.map((label): Matcher => [label, "!=", ""]);
  const over = (how: "rate" | "increase", suffix: string, more: readonly Matcher[]) =>
    either(
      form.oneOf.map((one) => {
        const selector = {
          name: `${name}${suffix}`,
          matchers: [...one, ...required, ...more],
          written: matchers,
        };
        return `${how}(${select(selector)}[${window}])`;
      }),
    );
  const all = by("sum", labels, over("rate", "_count", []));
  const count = by("sum", labels, over("increase", "_count", []));
  if (reading.kind === "eventRate") return { value: scaled(all, reading.perSeconds), count };
  if (reading.kind === "failureRatio") {
    const failed = by("sum", labels, either(form.failedOneOf.map((one) => over("rate", "_count", one))));
    return { value: `(${failed} or ${all} * 0) / ${all}`, count };
  }
  const buckets = by("sum", [...labels, "le"], over("rate", "_bucket", []));
  return { value: scaled(`histogram_quantile(${reading.quantile}, ${buckets})`, form.metric.scale), count };
}

type InstanceReading = Exclude<Reading, { kind: "quantile" | "failureRatio" | "eventRate" }>;

function instanceExpressions(
  signal: CataloguedSignal,
  reading: InstanceReading,
  options: PromqlOptions,
): PromqlExpressions[] {
  const labels = options.by ?? serviceLabels;
  const perInstance = [...new Set([...labels, instanceLabel])];
  const aggregate = signal.instances === "max" ? "max" : signal.instances === "mean" ? "avg" : "sum";
  return vectorsOf(reading, perInstance, options).map(({ value, series }) => ({
    value: by(aggregate, labels, value),
    count: by("sum", labels, by("max", perInstance, `count_over_time(${select(series)}[${options.window}])`)),
  }));
}

interface InstanceVector {
  readonly value: string;
  readonly series: Selector;
}

function vectorsOf(
  reading: InstanceReading,
  labels: readonly string[],
  options: PromqlOptions,
): InstanceVector[] {
  const { window, matchers: written = [] } = options;
  if (reading.kind === "quotient") {
    const divisors = vectorsOf(reading.divisor, labels, options).slice(
      0,
      options.names === "all" ? undefined : 1,
    );
    const divisor = either(divisors.map(({ value }) => value));
    return vectorsOf(reading.dividend, labels, options).map((dividend) => ({
      ...dividend,
      value: `${dividend.value} / ${divisor}`,
    }));
  }
  if (reading.kind === "timeShare") {
    const histograms = reading.of.kind === "histogram" ? reading.of.metrics : [];
    return histograms.map((metric) => {
      const name = toPrometheusName(metric, "histogram");
      const value = by(
        "sum",
        labels,
        `rate(${select({ name: `${name}_sum`, matchers: [], written })}[${window}])`,
      );
      return {
        value: scaled(value, metric.scale / 1000),
        series: { name: `${name}_count`, matchers: [], written },
      };
    });
  }
  return reading.of.metrics.map((metric) => {
    const where = reading.of.where.flatMap((filter) => toMatchers(metric.name, filter));
    if (reading.kind === "counterRate") {
      const series = { name: counterNames(metric), matchers: where, written };
      const value = by("sum", labels, `rate(${select(series)}[${window}])`);
      return { value: scaled(value, metric.scale * reading.perSeconds), series };
    }
    const series = { name: gaugeNames(metric), matchers: where, written };
    const apart = [...labels, ...reading.of.keepApart.map(toPrometheusLabel)];
    const function_ = { latest: "last_over_time", mean: "avg_over_time", max: "max_over_time" }[reading.over];
    const value = by(reading.of.acrossAttributes, apart, `${function_}(${select(series)}[${window}])`);
    return { value: scaled(value, metric.scale), series };
  });
}

function scaled(vector: string, factor: number): string {
  return factor === 1 ? vector : `${vector} * ${factor}`;
}
