import { expect, it } from "vitest";
import type { ClosedLoopResult } from "../../src/load/closed-loop.ts";
import { findSaturation } from "../../src/load/find-saturation.ts";
import { toSaturationTable } from "../../src/load/to-saturation-table.ts";

const calm = { route: "all", requests: 1_000, failures: 0, statuses: { 200: 1_000 } };

/** A system with so many workers of so many milliseconds each: more connections than workers wait. */
function play(workers: number, ms: number, worse: (connections: number) => object = () => ({})) {
  return async (connections: number): Promise<ClosedLoopResult> => {
    const p95Ms = ms * Math.max(1, connections / workers);
    const requestsPerSecond = (Math.min(connections, workers) * 1_000) / ms;
    const latencies = { p50Ms: p95Ms, p90Ms: p95Ms, p95Ms, p99Ms: p95Ms, maxMs: p95Ms };
    const total = { ...calm, ...latencies, ...worse(connections) };
    return {
      connections,
      seconds: 1,
      flowsPerSecond: requestsPerSecond / 2,
      requestsPerSecond,
      routes: [],
      total,
    };
  };
}

it("ends when twice as many connections bring no more, with the highest rate", async () => {
  const { best, steps } = await findSaturation({ p95MsMax: 500, run: play(4, 20) });
  expect(best).toMatchObject({ connections: 4, requestsPerSecond: 200, flowsPerSecond: 100 });
  expect(steps.map(({ result }) => result.connections)).toEqual([1, 2, 4, 8, 16]);
});

// Red when: the search ends at the first step that is too much.
it("looks for the place between the last step that is kept up with and the first that is not", async () => {
  const run = play(1_000, 20, (connections) => (connections > 50 ? { p95Ms: 501 } : { p95Ms: 500 }));
  const { best, steps } = await findSaturation({ p95MsMax: 500, run });
  expect(steps.find(({ broken }) => broken !== undefined)).toMatchObject({
    result: { connections: 64 },
    broken: "p95 501 ms is above 500 ms",
  });
  expect(best?.connections).toBeGreaterThan(40);
  expect(best?.connections).toBeLessThanOrEqual(50);
});

it.each([
  ["one percent fails", { failures: 10 }, 32],
  ["more than one percent fails", { failures: 11, statuses: { 200: 989, 429: 11 } }, undefined],
  ["nothing is answered", { requests: 0 }, undefined],
  ["the p95 is above its limit", { p95Ms: 100.1 }, undefined],
])("when %s from the start", async (_, worse, connections) => {
  const run = play(32, 10, () => ({ p95Ms: 100, ...worse }));
  const { best } = await findSaturation({ p95MsMax: 100, run });
  expect(best?.connections).toBe(connections);
});

it("asks for no more connections than it may", async () => {
  const { best, steps } = await findSaturation({ p95MsMax: 500, connectionsMax: 10, run: play(64, 20) });
  expect(best?.connections).toBe(8);
  expect(steps).toHaveLength(4);
});

it("the table shows each step, what ended the search, and the result", async () => {
  const found = await findSaturation({ p95MsMax: 50, run: play(2, 20) });
  const lines = toSaturationTable(found).split("\n");
  expect(lines.map((line) => line.trim().split(/\s+/)[0])).toEqual([
    "connections",
    ...found.steps
      .map(({ result }) => result.connections)
      .sort((a, b) => a - b)
      .map(String),
    "",
    "Saturation:",
  ]);
  expect(lines.at(-1)).toBe("Saturation: 100.0 requests/s (50.0 flows/s) with 2 connections, p95 20 ms.");
  const none = await findSaturation({ p95MsMax: 1, run: play(2, 20) });
  expect(toSaturationTable(none)).toContain("Not found: one connection alone was too much.");
});
