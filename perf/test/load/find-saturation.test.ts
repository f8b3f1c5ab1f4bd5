import { expect, it } from "vitest";
import { findSaturation } from "../../src/load/find-saturation.ts";
import type { LoadResult } from "../../src/load/run-load.ts";

const calm = {
  route: "all",
  requests: 1_000,
  failures: 0,
  statuses: {},
  p50Ms: 1,
  p90Ms: 2,
  p95Ms: 3,
  p99Ms: 4,
  maxMs: 5,
};

function answer(
  perSecond: number,
  parts: Partial<LoadResult>,
  total: Partial<LoadResult["total"]> = {},
): LoadResult {
  const base = { scenario: "s", seconds: 1, begun: 1, dropped: 0, requestsPerSecond: 1, routes: [] };
  return { ...base, flowsPerSecond: perSecond, total: { ...calm, ...total }, ...parts };
}

it.each([
  ["flows are dropped", (n: number) => answer(n, { dropped: n > 50 ? 1 : 0 })],
  ["requests fail", (n: number) => answer(n, {}, { failures: n > 50 ? 11 : 10 })],
  ["answers become slow", (n: number) => answer(n, {}, { p95Ms: n > 50 ? 501 : 500 })],
])("saturation is the last step before %s", async (_, play) => {
  const steps: number[] = [];
  const run = async (perSecond: number) => {
    steps.push(perSecond);
    return play(perSecond);
  };
  expect(await findSaturation({ startPerSecond: 10, factor: 2, maxPerSecond: 1_000, run })).toBe(40);
  expect(steps).toEqual([10, 20, 40, 80]);
});

it("there is none to tell when the first step is too much, and no more than was asked for", async () => {
  const run = async (perSecond: number) => answer(perSecond, { dropped: perSecond > 5 ? 1 : 0 });
  expect(await findSaturation({ startPerSecond: 10, maxPerSecond: 100, run })).toBeUndefined();
  expect(await findSaturation({ startPerSecond: 1, factor: 2, maxPerSecond: 4, run })).toBe(4);
});
