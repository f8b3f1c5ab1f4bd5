import { describe, expect, it } from "vitest";
import { counterSignals, limitsFor } from "../../src/config/configuration.ts";
import { findLimitDefinition } from "../../src/config/limit-keys.ts";
import { compileRules } from "../../src/rules/compile-rules.ts";
import { readBad, readGood } from "./read.ts";

const shop = (counters: object, service: object = {}) => ({ services: { shop: { ...service, counters } } });

describe("a counter in the file", () => {
  it("is followed without a limit, and makes no rule", () => {
    const configuration = readGood(shop({ "shop.orders.placed": {} }));
    expect(counterSignals(configuration)).toEqual(["counter:shop.orders.placed"]);
    expect(compileRules(configuration, []).rules).toEqual([]);
    expect(configuration.positions.has('services.shop.counters["shop.orders.placed"]')).toBe(true);
  });

  // Red when: resolveCounterLimits is given the counter's level alone.
  it("makes a rule named after metric and key, with the fields of its service", () => {
    const configuration = readGood(
      shop(
        { "shop.orders.placed": { perMinuteMin: { limit: 2, windowSeconds: 600 }, perMinuteMax: 90 } },
        { critical: true, forSeconds: 7 },
      ),
    );
    const rules = compileRules(configuration, []).rules;
    expect(rules.map(({ id, signal, unit, bound }) => [id, signal, unit, bound])).toEqual([
      ["shop.orders.placed.perMinuteMin{shop}", "counter:shop.orders.placed", "1/min", "min"],
      ["shop.orders.placed.perMinuteMax{shop}", "counter:shop.orders.placed", "1/min", "max"],
    ]);
    expect(rules[0]).toMatchObject({
      windowSeconds: 600,
      forSeconds: 7,
      severity: "critical",
      minRequests: 1,
    });
    expect(limitsFor(configuration, "shop").map(({ clear }) => clear)).toEqual([2 / 0.9, 81].map(tidy));
  });

  it("is found again by the name of its rule", () => {
    expect(findLimitDefinition("shop.orders.placed.perMinuteMax")).toMatchObject({
      bound: "max",
      signal: "counter:shop.orders.placed",
    });
    expect(findLimitDefinition("shop.orders.placed.perMinute")).toBeUndefined();
  });

  it.each([
    ["no metric", { "1 order": {} }, 'services.shop.counters["1 order"]', /not a metric/],
    [
      "a metric that a signal reads",
      { "process.cpu.time": {} },
      'services.shop.counters["process.cpu.time"]',
      /read by the signal cpuRatio/,
    ],
    [
      "a misspelt key",
      { orders: { perMinutMin: 1 } },
      "services.shop.counters.orders.perMinutMin",
      /unknown key/,
    ],
    [
      "requests that it does not rest on",
      { orders: { perMinuteMin: { limit: 1, minRequests: 5 } } },
      "services.shop.counters.orders.perMinuteMin.minRequests",
      /no meaning/,
    ],
    [
      "a minimum above the maximum",
      { orders: { perMinuteMin: 9, perMinuteMax: 8 } },
      "services.shop.counters.orders.perMinuteMin",
      /contradicts services\.shop\.counters\.orders\.perMinuteMax/,
    ],
  ])("is refused as %s", (_, counters, path, message) => {
    const problems = readBad(shop(counters));
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]?.message).toMatch(message);
  });
});

function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
