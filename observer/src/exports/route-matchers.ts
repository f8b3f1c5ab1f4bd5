import { subjectLabels } from "../store/sources/prometheus/compile-promql.ts";
import { toAlternatives } from "../store/sources/prometheus/promql.ts";
import type { Names, SubjectSelector } from "./limit-groups.ts";

const { service, method, route } = subjectLabels;

/** Matchers for some subjects on the series that services send, and those among them that are not meant. */
export interface RawSelection {
  readonly matchers: readonly string[];
  /** One list of matchers for each endpoint that is left out. */
  readonly without: readonly (readonly string[])[];
}

/** A selector in the labels that services send: methods and routes stand apart there, so that each endpoint is matched by itself. */
export function toRawSelections({ services, routes }: SubjectSelector): RawSelection[] {
  const ofServices = toServiceMatchers(services);
  const toEndpoint = (name: string) => [...ofServices, ...toEndpointMatchers(name)];
  if (routes === undefined) return [{ matchers: ofServices, without: [] }];
  if (routes.all) return [{ matchers: ofServices, without: routes.names.map(toEndpoint) }];
  return routes.names.map((name) => ({ matchers: toEndpoint(name), without: [] }));
}

function toServiceMatchers({ all, names }: Names): string[] {
  if (names.length === 0) return [];
  return [`${service}${all ? "!~" : "=~"}${JSON.stringify(toAlternatives(names))}`];
}

/** @param name method and route: `GET /api/orders` */
function toEndpointMatchers(name: string): string[] {
  const at = name.indexOf(" ");
  return [`${method}=${JSON.stringify(name.slice(0, at))}`, `${route}=${JSON.stringify(name.slice(at + 1))}`];
}
