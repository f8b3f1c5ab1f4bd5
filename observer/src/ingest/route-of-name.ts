import type { Attributes } from "../store/span-record.ts";

/** Instrumentations that learn the route too late for an attribute and put it into the name: `GET /orders/{id}`, `GET /orders`. */
const namedByRoute = new Set(["go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"]);
const placeholder = /\/(?::\w|\{[^/]+\}|<[^/]+>|\*)/;
/** A segment that begins with a digit or ends like `order-4711`, or a long one with a digit: no `v1`, `oauth2` or `s3`. */
const looksLikeId = /\/(?:\d|[^/]*[-_.:=]\d|(?=[^/]*\d)[^/]{12,})/;

/**
 * The route that the name of a server span tells, where no attribute does; undefined where the name may be a path. A name with a
 * placeholder that the path lacks is a route, whoever sent it. One without may be a path with an id in it: only of instrumentations that
 * name spans by their routes it is taken, and not with what looks like an id, for some of their users put paths there.
 *
 * @param attributes under their stable names
 */
export function routeOfName(name: string, scopeName: string, attributes: Attributes): string | undefined {
  const method = attributes["http.request.method"];
  if (typeof method !== "string" || !name.startsWith(`${method} /`)) return undefined;
  const route = name.slice(method.length + 1);
  if (/[\s?]/.test(route)) return undefined;
  if (placeholder.test(route)) return route === attributes["url.path"] ? undefined : route;
  return namedByRoute.has(scopeName) && !looksLikeId.test(route) ? route : undefined;
}
