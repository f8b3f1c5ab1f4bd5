import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readScenario } from "../../src/load/scenario.ts";

const flow = { name: "a", weight: 1, steps: [{ request: "GET /" }] };
const good = { name: "n", flowsPerSecond: 1, durationSeconds: 1, flows: [flow] };

function problemsOf(scenario: unknown): string[] {
  const reading = readScenario(typeof scenario === "string" ? scenario : JSON.stringify(scenario));
  return reading.ok ? [] : reading.problems;
}

describe("a scenario", () => {
  it.each([
    ["is not JSON", "{", [/JSON/]],
    ["lacks flows", { ...good, flows: [] }, [/^flows:/]],
    ["has an unknown key", { ...good, rate: 1 }, [/^file: .*rate/]],
    [
      "has two mistakes",
      { ...good, flowsPerSecond: 0, durationSeconds: -1 },
      [/^flowsPerSecond:/, /^durationSeconds:/],
    ],
    [
      "has a step without a method",
      { ...good, flows: [{ ...flow, steps: [{ request: "/" }] }] },
      [/^flows.0.steps.0.request: a method/],
    ],
  ])("that %s is refused with every problem", (_, scenario, patterns) => {
    const problems = problemsOf(scenario);
    expect(problems).toHaveLength(patterns.length);
    for (const [index, pattern] of patterns.entries()) expect(problems[index]).toMatch(pattern);
  });

  // Red when: findUnsaved shares one set of saved names among the flows.
  it("that uses what nothing has saved by then is refused", () => {
    const saves = { request: "POST /a", save: { id: "id" } };
    const uses = { request: "GET /a/{{id}}?n={{int:1:3}}&u={{uuid}}" };
    expect(problemsOf({ ...good, flows: [{ ...flow, steps: [saves, uses] }] })).toEqual([]);
    expect(
      problemsOf({
        ...good,
        flows: [
          { ...flow, steps: [saves] },
          { ...flow, steps: [uses] },
        ],
      }),
    ).toEqual(['flows.1.steps.0: nothing saves "id" before it is used']);
  });

  it("of ours can be read", () => {
    for (const name of ["working-day.json"]) {
      expect(problemsOf(readFileSync(new URL(`../../scenarios/${name}`, import.meta.url), "utf8"))).toEqual(
        [],
      );
    }
  });
});
