import { subjectLabels } from "../../store/sources/prometheus/compile-promql.ts";
import { perPoint } from "./signal-panels.ts";
import { inEnvironment, ofService } from "./variables.ts";

/** Queries of metrics that are no signal of the catalogue: details that help to find a cause and have no limit. */

const { service, instance } = subjectLabels;
const chosenOnes = [inEnvironment, ofService];

function selector(name: string, matchers: readonly string[]): string {
  return `${name}{${matchers.join(",")}}`;
}

/** Growth a second of a counter or of a histogram's `_count`, by labels. */
export function rateOf(name: string, by: readonly string[], more: readonly string[] = []): string {
  return `sum by (${by.join(", ")}) (rate(${selector(name, [...chosenOnes, ...more])}[${perPoint}]))`;
}

/** A quantile of a histogram, by labels, in the metric's own unit. */
export function quantileOf(quantile: number, name: string, by: readonly string[]): string {
  return `histogram_quantile(${quantile}, ${rateOf(`${name}_bucket`, [...by, "le"])})`;
}

/** The newest values of a gauge, by labels. */
export function gaugeOf(
  aggregate: "sum" | "max",
  name: string,
  by: readonly string[],
  more: readonly string[] = [],
): string {
  return `${aggregate} by (${by.join(", ")}) (${selector(name, [...chosenOnes, ...more])})`;
}

export const byService: readonly string[] = [service];
export const byInstance: readonly string[] = [service, instance];
export const serviceLegend = `{{${service}}}`;
export const instanceLegend = `{{${service}}} {{${instance}}}`;
