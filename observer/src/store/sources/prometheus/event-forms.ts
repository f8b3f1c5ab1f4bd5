import type { HistogramInput, MetricName, SpanInput } from "../../../signals/signal-definition.ts";
import {
  errorStatus,
  spanDurations,
  spanKindAttribute,
  spanStatusAttribute,
  toSpanDimension,
  toSpanKindValue,
} from "../span-metrics.ts";
import { attributeOn } from "../subject-attributes.ts";
import { toPrometheusLabel } from "./metric-name.ts";
import { type Matcher, toAlternatives } from "./promql.ts";
import { toMatchers } from "./to-matchers.ts";

/** Events of one metric, with explicit buckets or as native histograms. */
export interface EventForm {
  readonly metric: MetricName;
  readonly isNative: boolean;
  /** Sets of matchers of which one must hold. */
  readonly oneOf: readonly (readonly Matcher[])[];
  /** Sets of matchers of which one holds for events that failed. */
  readonly failedOneOf: readonly (readonly Matcher[])[];
  /** Labels some series of a service must have before it is read this way. */
  readonly requires: readonly string[];
}

/** Each metric an input may come as, first with explicit buckets, then as native histograms. Spans come as the collector's metrics of them. */
export function eventForms(input: HistogramInput | SpanInput, isPerRoute: boolean): EventForm[] {
  if (input.kind === "spans") return [spanForm(input, isPerRoute)];
  return input.metrics.flatMap((metric) => {
    const form = {
      metric,
      isNative: false,
      oneOf: [[]],
      failedOneOf: input.failedWhen.map((filter) => toMatchers(metric.name, filter)),
      requires: input.requires.map((attribute) => toPrometheusLabel(attributeOn(metric.name, attribute))),
    };
    return [form, { ...form, isNative: true }];
  });
}

function spanForm(input: SpanInput, isPerRoute: boolean): EventForm {
  const kindLabel = toPrometheusLabel(spanKindAttribute);
  const kinds: Matcher = [kindLabel, "=~", toAlternatives(input.spanKinds.map(toSpanKindValue))];
  // A route names the method, so that one of the attributes asked for is there.
  const dimensions = isPerRoute ? [] : [...new Set(input.havingOneOf.map(toSpanDimension))];
  const having = dimensions.map((name): Matcher => [toPrometheusLabel(name), "!=", ""]);
  const failed = input.failedWhen.map((filter) => toMatchers(spanDurations.name, filter));
  const status: Matcher = [toPrometheusLabel(spanStatusAttribute), "=", errorStatus];
  return {
    metric: spanDurations,
    isNative: false,
    oneOf: having.length === 0 ? [[kinds]] : having.map((matcher) => [kinds, matcher]),
    failedOneOf: input.failedOnErrorStatus ? [...failed, [status]] : failed,
    requires: [],
  };
}
