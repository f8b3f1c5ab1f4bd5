import { describe, expect, it } from "vitest";
import { quantile, toDelayRows } from "../../bench/delay-rows.ts";

const delays = { name: "gauge", note: "shared machine" };

describe("toDelayRows", () => {
  it("shows median, fastest, p90 and slowest in seconds", () => {
    const delaysMs = [1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100];
    const rows = toDelayRows({ ...delays, delaysMs, runs: 10, medianSecondsMax: 0.6 });
    expect(rows.map(({ name, value }) => [name, value])).toEqual([
      ["gauge: median", 0.6],
      ["gauge: fastest", 0.1],
      ["gauge: p90", 1],
      ["gauge: slowest", 1],
    ]);
    expect(rows[0]).toMatchObject({ target: "<= 0.6", met: true, note: "shared machine" });
  });

  it("misses its target above it, and holds nothing to none", () => {
    expect(toDelayRows({ ...delays, delaysMs: [601], runs: 1, medianSecondsMax: 0.6 })[0]?.met).toBe(false);
    expect(toDelayRows({ ...delays, delaysMs: [601], runs: 1 })[0]).not.toHaveProperty("met");
  });

  // Red when: `delaysMs.length < runs` is left out: an alert that never came would not be missed.
  it("is not measured when one never came", () => {
    const rows = toDelayRows({ ...delays, delaysMs: [1, 2], runs: 3 });
    expect(rows).toEqual([
      { name: "gauge", value: "not measured", unit: "s", note: "2 of 3 came; shared machine" },
    ]);
  });
});

it.each([
  [[], 0.5, Number.NaN],
  [[7], 0.9, 7],
  [[2, 1], 0.5, 2],
  [[3, 2, 1], 0, 1],
])("quantile of %j at %d is %d", (values, ratio, expected) => {
  expect(quantile(values, ratio)).toBe(expected);
});
