import { subjectLabels } from "../../store/sources/prometheus/compile-promql.ts";
import { toAlternatives } from "../../store/sources/prometheus/promql.ts";
import type { Names, SubjectSelector } from "../limit-groups.ts";

/** Method and route in one, as `Subject.route`: put there by the recording rules. */
export const endpointLabel = "endpoint";

/** The matchers for subjects, on series that carry `endpoint`: `service_name=~"a|b"`. Empty where all are meant. */
export function toMatcherTexts({ services, routes }: SubjectSelector): string[] {
  return [
    ...toMatcherText(subjectLabels.service, services),
    ...(routes === undefined ? [] : toMatcherText(endpointLabel, routes)),
  ];
}

function toMatcherText(label: string, { all, names }: Names): string[] {
  const [first] = names;
  if (first === undefined) return [];
  if (names.length === 1) return [`${label}${all ? "!=" : "="}${JSON.stringify(first)}`];
  return [`${label}${all ? "!~" : "=~"}${JSON.stringify(toAlternatives(names))}`];
}
