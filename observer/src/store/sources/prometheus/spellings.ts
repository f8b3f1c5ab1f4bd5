import type { MetricName } from "../../../signals/signal-definition.ts";
import { toPrometheusName } from "./metric-name.ts";

/** Gauges are sent with the unit that the conventions name, with none (as OpenTelemetry's own for Node.js), and as sums that can fall. */
export function gaugeNames({ name, unit }: MetricName): string[] {
  return [
    ...new Set([
      toPrometheusName({ name, unit }, "gauge"),
      toPrometheusName({ name, unit }, "upDown"),
      toPrometheusName({ name, unit: "" }, "upDown"),
    ]),
  ];
}

/** A counter whose unit nobody told may have any of those that people count in; `{order}` and the like add nothing to the name. */
export function counterNames({ name, unit }: MetricName): string[] {
  const units = unit === "" ? ["", "s", "ms", "By"] : [unit];
  return [...new Set(units.map((one) => toPrometheusName({ name, unit: one }, "counter")))];
}
