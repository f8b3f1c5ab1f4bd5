import { describe, expect, it } from "vitest";
import { compileRules } from "../../src/rules/compile-rules.ts";
import { createDataLedger } from "../../src/rules/data-ledger.ts";
import { evaluateRules } from "../../src/rules/evaluate-rules.ts";
import { readGood } from "../config/read.ts";
import { about, sample, scriptedSource } from "./subjects.ts";

const routes = ["GET /a", "GET /b", "GET /c"];
const ruleSet = compileRules(
  readGood({
    defaults: { latencyP95MsMax: 500, errorRatioMax: 0.1, cpuRatioMax: 0.7 },
    services: { shop: {} },
  }),
  routes.map((route) => about("shop", route)),
);

async function statesOf(source: ReturnType<typeof scriptedSource>): Promise<Record<string, string>> {
  const judgements = await evaluateRules(ruleSet, source, 0);
  return Object.fromEntries(judgements.map(({ rule, verdict }) => [rule.id, verdict.state]));
}

describe("a tick", () => {
  it("gives every rule one verdict", async () => {
    const states = await statesOf(
      scriptedSource({
        serverLatencyP95: [sample(about("shop", "GET /a"), 900), sample(about("shop", "GET /b"), 100)],
        cpuRatio: [sample(about("shop"), 0.65, 3)],
      }),
    );
    expect(states).toEqual({
      "cpuRatioMax{shop}": "between",
      "latencyP95MsMax{shop,GET /a}": "breach",
      "latencyP95MsMax{shop,GET /b}": "ok",
      "latencyP95MsMax{shop,GET /c}": "noData",
      "errorRatioMax{shop,GET /a}": "noData",
      "errorRatioMax{shop,GET /b}": "noData",
      "errorRatioMax{shop,GET /c}": "noData",
    });
  });

  // Red when: evaluateRules reads the source for each rule instead of for each group.
  it("reads each signal and window once, whatever the number of rules", async () => {
    const source = scriptedSource({});
    await evaluateRules(ruleSet, source, 0);
    expect(source.reads.toSorted()).toEqual(["cpuRatio/30", "serverErrorRatio/30", "serverLatencyP95/30"]);
  });

  // Red when: a failing read is answered with an empty map, or fails the whole tick.
  it("in which one read fails gives error for exactly the rules of that read", async () => {
    const states = await statesOf(
      scriptedSource({ serverLatencyP95: new Error("away"), cpuRatio: [sample(about("shop"), 0.1)] }),
    );
    expect(states).toMatchObject({
      "cpuRatioMax{shop}": "ok",
      "latencyP95MsMax{shop,GET /a}": "error",
      "latencyP95MsMax{shop,GET /c}": "error",
      "errorRatioMax{shop,GET /a}": "noData",
    });
    const judgements = await evaluateRules(ruleSet, scriptedSource({ cpuRatio: new Error("away") }), 0);
    expect(judgements.find(({ rule }) => rule.key === "cpuRatioMax")?.verdict).toMatchObject({
      reason: "away",
    });
  });

  it("waits for a source that answers later", async () => {
    const now = scriptedSource({ cpuRatio: [sample(about("shop"), 0.9)] });
    const later = { ...now, read: async (...args: Parameters<typeof now.read>) => now.read(...args) };
    expect((await evaluateRules(ruleSet, later, 0)).some(({ verdict }) => verdict.state === "breach")).toBe(
      true,
    );
  });
});

describe("the data ledger", () => {
  it("keeps every limit that had data once, and takes neither silence nor errors for data", async () => {
    const ledger = createDataLedger();
    ledger.note(await evaluateRules(ruleSet, scriptedSource({ cpuRatio: [sample(about("shop"), 0.1)] }), 0));
    ledger.note(await evaluateRules(ruleSet, scriptedSource({ serverErrorRatio: new Error("away") }), 1000));
    expect([...ledger.pathsWithData]).toEqual(["defaults.cpuRatioMax"]);
  });
});
