import { durationBoundsSeconds } from "@kontor/kit/metric-names";
import type { LoadResult } from "@kontor/perf/load/run-load";
import type { Scenario } from "@kontor/perf/load/scenario";
import type { RuleView } from "../clients/observer-client.ts";
import { wholePartRules } from "./steady-configuration.ts";

/** One number the load generator and the observer both have. */
export type Comparison = { what: string; sent: number; observed: number | null; agrees: boolean };

const gateway = "gateway";

/**
 * Requests of each route, exactly; and quantiles of time, to one bucket of the histograms.
 *
 * @param rules as `/api/v1/rules` answers once the last export has arrived
 */
export function compare(result: LoadResult, scenario: Scenario, rules: readonly RuleView[]): Comparison[] {
  const find = (rule: string, fits: (one: RuleView) => boolean): RuleView | undefined =>
    rules.find((one) => one.rule === rule && fits(one));
  const sentByRoute = countByRoute(result, scenario);
  const byRoute = [...sentByRoute].map(([route, sent]): Comparison => {
    const seen = find(wholePartRules.p50, (one) => one.endpoint === route && one.service !== gateway);
    const observed = seen?.count ?? null;
    return { what: `requests of ${route}`, sent, observed, agrees: observed === sent };
  });
  const sent = [...sentByRoute.values()].reduce((sum, count) => sum + count, 0);
  const all = find(wholePartRules.allP95, (one) => one.service === gateway);
  const observed = all?.count ?? null;
  return [
    ...byRoute,
    { what: "requests in all, at the gateway", sent, observed, agrees: observed === sent },
    toQuantile("p95 in all, ms", result.total.p95Ms, all?.observed ?? null),
  ];
}

function toQuantile(what: string, sent: number, observed: number | null): Comparison {
  const agrees = observed !== null && Math.abs(toBucket(sent) - toBucket(observed)) <= 1;
  return { what, sent, observed, agrees };
}

/** Number of the histogram bucket that a time falls into. */
function toBucket(ms: number): number {
  const index = durationBoundsSeconds.findIndex((bound) => ms <= bound * 1_000);
  return index === -1 ? durationBoundsSeconds.length : index;
}

/** What was sent, by the names the services give their routes; what the setup sent is part of it. */
function countByRoute({ routes }: LoadResult, { setup }: Scenario): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (request: string, count: number): void => {
    const route = request.replace(/\{\{[^{}]+\}\}/g, ":id");
    counts.set(route, (counts.get(route) ?? 0) + count);
  };
  for (const { route, requests } of routes) add(route, requests);
  for (const { request } of setup) add(request, 1);
  return counts;
}
