import { describe, expect, it } from "vitest";
import { limitKeyNames, limitKeys } from "../../src/config/limit-keys.ts";
import { compileRules } from "../../src/rules/compile-rules.ts";
import { getSignal } from "../../src/signals/catalogue.ts";
import { readGood } from "../config/read.ts";
import { about } from "./subjects.ts";

const configuration = readGood({
  defaults: { latencyP95MsMax: 500, cpuRatioMax: 0.7 },
  services: { shop: { endpoints: { "POST /orders": { latencyP95MsMax: 800 } } }, till: {} },
});
const ids = (rules: { readonly rules: readonly { readonly id: string }[] }) =>
  rules.rules.map(({ id }) => id).toSorted();

describe("expected subjects", () => {
  it("are the services and endpoints of the file before anything was seen", () => {
    expect(ids(compileRules(configuration, []))).toEqual([
      "cpuRatioMax{shop}",
      "cpuRatioMax{till}",
      "latencyP95MsMax{shop,POST /orders}",
    ]);
  });

  it("grow by every service and route that is seen, with the limits that hold for it", () => {
    const { rules } = compileRules(configuration, [
      about("shop", "GET /orders"),
      about("stranger", "GET /x"),
    ]);
    expect(ids({ rules })).toEqual([
      "cpuRatioMax{shop}",
      "cpuRatioMax{stranger}",
      "cpuRatioMax{till}",
      "latencyP95MsMax{shop,GET /orders}",
      "latencyP95MsMax{shop,POST /orders}",
      "latencyP95MsMax{stranger,GET /x}",
    ]);
    expect(rules.find(({ subject }) => subject.route === "POST /orders")?.limit).toBe(800);
    expect(rules.find(({ subject }) => subject.route === "GET /orders")?.limit).toBe(500);
  });

  it("of a named service are there where it was seen, and in no invented environment besides", () => {
    const seen = [about("shop", "POST /orders", "prod"), about("shop", "POST /orders", "test")];
    expect(ids(compileRules(configuration, seen)).filter((id) => id.includes("shop"))).toEqual([
      "cpuRatioMax{prod/shop}",
      "cpuRatioMax{test/shop}",
      "latencyP95MsMax{prod/shop,POST /orders}",
      "latencyP95MsMax{test/shop,POST /orders}",
    ]);
  });

  // Red when: addNamed forgets `optional`.
  it("hold no optional service before it was seen", () => {
    const collector = { optional: true, exportQueueRatioMax: 0.5 };
    const withOptional = readGood({ services: { collector } });
    expect(ids(compileRules(withOptional, []))).toEqual([]);
    expect(ids(compileRules(withOptional, [about("collector")]))).toEqual(["exportQueueRatioMax{collector}"]);
  });

  it("share a rule over all instances and versions", () => {
    const seen = [
      { ...about("till"), instance: "a", version: "1" },
      { ...about("till"), instance: "b", version: "2" },
    ];
    expect(ids(compileRules(configuration, seen)).filter((id) => id.includes("till"))).toEqual([
      "cpuRatioMax{till}",
    ]);
  });
});

describe("compiling again", () => {
  const first = compileRules(configuration, [about("shop", "GET /orders")]);

  it("gives the same set where nothing new was seen", () => {
    expect(compileRules(configuration, [about("shop"), about("shop", "GET /orders")], first)).toBe(first);
  });

  it("takes over the rules that did not change", () => {
    const second = compileRules(
      configuration,
      [about("shop", "GET /orders"), about("shop", "GET /new")],
      first,
    );
    expect(second.rules.length).toBe(first.rules.length + 1);
    for (const rule of first.rules) expect(second.rules).toContain(rule);
  });

  it("takes over nothing from another configuration", () => {
    const changed = readGood({ defaults: { latencyP95MsMax: 400 } });
    const second = compileRules(changed, [about("shop", "GET /orders")], first);
    expect(second.rules.map(({ limit }) => limit)).toEqual([400]);
  });

  it("drops what is no longer seen", () => {
    expect(ids(compileRules(configuration, [], first))).not.toContain("latencyP95MsMax{shop,GET /orders}");
  });
});

describe("groups", () => {
  it("hold every rule once, one group for each signal and window", () => {
    const set = compileRules(
      readGood({
        defaults: { latencyP95MsMax: 500, errorRatioMax: 0.1 },
        services: {
          shop: { endpoints: { "GET /a": { latencyP95MsMax: { windowSeconds: 60 } }, "GET /b": {} } },
        },
      }),
      [],
    );
    expect(
      set.groups.map(({ signal, windowSeconds, rules }) => [signal, windowSeconds, rules.length]),
    ).toEqual([
      ["serverLatencyP95", 60, 1],
      ["serverErrorRatio", 30, 2],
      ["serverLatencyP95", 30, 1],
    ]);
  });
});

describe("every limit key", () => {
  // Red when: a key names a signal of another unit, or one that keeps other dimensions than the key's level.
  it.each(limitKeyNames)("%s fits its signal", (key) => {
    const { signal, unit, level } = limitKeys[key];
    const definition = getSignal(signal);
    expect(definition.unit).toBe(unit);
    expect(definition.dimensions).toEqual(level === "route" ? ["route"] : []);
    if (limitKeys[key].restsOnRequests) expect(definition.countOf).toBe("requests");
  });
});
