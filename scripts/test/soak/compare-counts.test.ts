import type { RouteResult } from "@kontor/perf/load/recorder";
import type { LoadResult } from "@kontor/perf/load/run-load";
import { readScenario } from "@kontor/perf/load/scenario";
import { expect, it } from "vitest";
import type { RuleView } from "../../clients/observer-client.ts";
import { compare } from "../../soak/compare-counts.ts";

const row = (route: string, requests: number): RouteResult => ({
  route,
  requests,
  failures: 0,
  statuses: {},
  ...{ p50Ms: 1, p90Ms: 1, p95Ms: 48, p99Ms: 1, maxMs: 1 },
});

const load: LoadResult = {
  scenario: "test",
  flowsPerSecond: 1,
  seconds: 10,
  begun: 10,
  dropped: 0,
  requestsPerSecond: 1,
  routes: [row("GET /api/items", 10), row("GET /api/items/{{pick:items}}", 5)],
  total: row("all", 15),
};

const reading = readScenario(
  JSON.stringify({
    name: "test",
    flowsPerSecond: 1,
    durationSeconds: 10,
    setup: [{ request: "GET /api/items" }],
    flows: [{ name: "look", weight: 1, steps: [{ request: "GET /api/items" }] }],
  }),
);
if (!reading.ok) throw new Error(reading.problems.join());
const { scenario } = reading;

const rule = (
  rule: string,
  service: string,
  endpoint: string | null,
  count: number,
  observed = 1,
): RuleView => ({
  ...{ rule, service, endpoint, count, observed },
  ...{ state: "ok", limit: 3_600_000, unit: "ms" },
});
const rules = (items: number, p95Ms = 48): RuleView[] => [
  rule("latencyP50MsMax", "gateway", "GET /api/items", 16),
  rule("latencyP50MsMax", "core-erp", "GET /api/items", items),
  rule("latencyP50MsMax", "core-erp", "GET /api/items/:id", 5),
  rule("serviceLatencyP95MsMax", "gateway", null, 16, p95Ms),
];
const differing = (all: readonly RuleView[]) =>
  compare(load, scenario, all)
    .filter(({ agrees }) => !agrees)
    .map(({ what }) => what);

// Red when: what the setup sent is left out.
it("counts agree when the observer has exactly what was sent, that of the setup included", () => {
  expect(differing(rules(11))).toEqual([]);
  expect(differing(rules(10))).toEqual(["requests of GET /api/items"]);
  expect(differing(rules(12))).toEqual(["requests of GET /api/items"]);
});

it("what the observer does not know differs", () => {
  expect(differing([])).toHaveLength(4);
});

// Red when: toBucket compares with `<`, or neighbours are refused.
it("a p95 agrees in the same bucket and in the next one, and not beyond", () => {
  for (const p95Ms of [31, 40, 45, 50, 59]) expect(differing(rules(11, p95Ms))).toEqual([]);
  for (const p95Ms of [30, 61]) expect(differing(rules(11, p95Ms))).toEqual(["p95 in all, ms"]);
});
