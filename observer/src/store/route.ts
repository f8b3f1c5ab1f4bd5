import type { Attributes } from "./span-record.ts";

/**
 * The route of a request as `Subject.route` has it: method and `http.route`. Undefined where either is missing: a path in its place
 * would give one route per id.
 */
export function toRoute(attributes: Attributes): string | undefined {
  const route = attributes["http.route"];
  const method = attributes["http.request.method"];
  return typeof route === "string" && route !== "" && typeof method === "string"
    ? `${method} ${route}`
    : undefined;
}
