import type { AttributeFilter } from "../../../signals/signal-definition.ts";
import { attributeOn } from "../subject-attributes.ts";
import { toPrometheusLabel } from "./metric-name.ts";
import { type Matcher, toAlternatives, toAtLeast } from "./promql.ts";

/** The matchers that together are a filter, on the labels of a metric. */
export function toMatchers(metric: string, filter: AttributeFilter): Matcher[] {
  const label = toPrometheusLabel(attributeOn(metric, filter.attribute));
  const matchers: Matcher[] = [];
  if (filter.atLeast !== undefined) matchers.push([label, "=~", toAtLeast(filter.atLeast)]);
  if (filter.oneOf !== undefined) matchers.push([label, "=~", toAlternatives(filter.oneOf)]);
  if (matchers.length === 0) matchers.push([label, "!=", ""]);
  if (filter.unless !== undefined)
    matchers.push([toPrometheusLabel(attributeOn(metric, filter.unless)), "=", ""]);
  return matchers;
}
