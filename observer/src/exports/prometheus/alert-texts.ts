import type { LimitGroup } from "../limit-groups.ts";
import { endpointLabel } from "./to-selector-text.ts";

/** The labels by which the observer names an alert, made of those of the series. An endpoint is there already. */
export const subjectTemplates: Readonly<Record<string, string>> = {
  environment: '{{ or $labels.deployment_environment_name "default" }}',
  namespace: "{{ $labels.service_namespace }}",
  service: "{{ $labels.service_name }}",
};

/** What a person reads: what is over which limit, what that means, and where the number stands. */
export function toAnnotations({ limit, paths }: LimitGroup): Record<string, string> {
  const { key, definition } = limit;
  const about =
    definition.level === "route"
      ? `{{ $labels.service_name }} {{ $labels.${endpointLabel} }}`
      : "{{ $labels.service_name }}";
  const unit = definition.unit === "ratio" || definition.unit === "count" ? "" : ` ${definition.unit}`;
  const side = definition.bound === "max" ? "limit" : "at least";
  return {
    summary: `${about}: ${key} is {{ $value | printf "%.4g" }}${unit}, ${side} ${limit.limit}${unit}`,
    description: definition.description,
    limit: String(limit.limit),
    unit: definition.unit,
    configured_at: paths.join(", "),
  };
}
