import type { EndpointUse } from "../store/endpoint-history.ts";
import { endpointKey } from "./report-input.ts";

/** A quantile of fewer requests is one request's bad luck. */
const requestsMin = 20;

/** How much of its limit an endpoint's p95 takes: above 1 it is broken; 0 where it has none, or too few requests to say. */
export function limitUse(endpoint: EndpointUse, limits: ReadonlyMap<string, number>): number {
  const limitMs = limits.get(endpointKey(endpoint));
  if (limitMs === undefined || limitMs <= 0 || endpoint.requests < requestsMin) return 0;
  return endpoint.p95Ms / limitMs;
}

/** Those over their limit first, worst first; then by p95; those with too few requests last. */
export function rankSlowEndpoints(
  endpoints: readonly EndpointUse[],
  limits: ReadonlyMap<string, number>,
): readonly EndpointUse[] {
  const over = (one: EndpointUse): number => Math.max(1, limitUse(one, limits));
  const few = (one: EndpointUse): number => (one.requests < requestsMin ? 1 : 0);
  return endpoints.toSorted(
    (a, b) =>
      few(a) - few(b) || over(b) - over(a) || b.p95Ms - a.p95Ms || (endpointKey(a) < endpointKey(b) ? -1 : 1),
  );
}
