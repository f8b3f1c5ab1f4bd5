import { describe, expect, it } from "vitest";
import { type BenchResult, toExitCode } from "../../bench/bench-row.ts";
import { toBenchTable } from "../../bench/to-bench-table.ts";

const row = { name: "start", value: Math.PI, unit: "s", target: "<= 15", met: true };
const result = (...rows: BenchResult["rows"]): BenchResult => ({ bench: "start", rows });

describe("the exit code of the benchmarks", () => {
  it.each([
    ["0 when all is measured and met", [result(row)], 0],
    ["1 when a target is missed", [result(row, { ...row, met: false })], 1],
    ["3 when a number is missing", [result(row, { ...row, value: "not measured" as const })], 3],
    [
      "3 when a rival is missing, even if ours is good",
      [result({ ...row, rival: { name: "R", value: "not measured" } })],
      3,
    ],
    ["3 when a benchmark fell over", [result(row), { bench: "x", rows: [], error: "exit code 1" }], 3],
    ["3 when there was none", [], 3],
  ])("is %s", (_, results, code) => {
    expect(toExitCode(results)).toBe(code);
  });
});

it("the table shows every number, rival and reason", () => {
  const table = toBenchTable([
    result({ ...row, rival: { name: "Other", value: 1234.5 }, ratio: 393, note: "on two cores" }),
    { bench: "x", rows: [], error: "exit code 1" },
  ]);
  expect(table).toContain("start  start   3.14  s");
  expect(table).toContain("Other: 1,235");
  expect(table).toContain("start: on two cores");
  expect(table).toContain("x failed: exit code 1");
});
