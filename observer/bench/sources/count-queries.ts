import { evaluateRules } from "../../src/rules/evaluate-rules.ts";
import type { SignalSource } from "../../src/signals/signal-source.ts";
import type { SignalPath } from "../../test/store/sources/open-signal-path.ts";
import { expectHealthy } from "../our-rules.ts";
import { createRuleSet, type Limits } from "../rule-sets.ts";
import { readMetricsPage, sumOf } from "./metrics-page.ts";

/** How each server itself counts the queries it answers. */
const counters = {
  prometheus: ["prometheus_http_requests_total", 'handler="/api/v1/query"'],
  influxdb: ["http_api_requests_total", 'path="/api/v2/query"'],
} as const;

/** Queries that one tick of so many rules sends, as the server counts them; one number for each of `ruleCounts`. */
export async function countQueries(
  path: SignalPath,
  source: SignalSource & { readonly name: keyof typeof counters },
  {
    ruleCounts,
    limitSets,
    atMs,
  }: { ruleCounts: readonly number[]; limitSets: readonly Limits[]; atMs: number },
): Promise<number[]> {
  const [metric, labels] = counters[source.name];
  const count = async (): Promise<number> =>
    sumOf(await readMetricsPage(path[source.name].url), metric, labels);
  const counts: number[] = [];
  for (const ruleCount of ruleCounts) {
    const ruleSet = createRuleSet(ruleCount, limitSets);
    const before = await count();
    expectHealthy(await evaluateRules(ruleSet, source, atMs), 0);
    counts.push((await count()) - before);
  }
  return counts;
}
