import { describe, expect, it } from "vitest";
import { threshold } from "../../src/rules/threshold.ts";
import type { Rule, Verdict } from "../../src/rules/verdict.ts";
import { about, sample } from "./subjects.ts";

const subject = about("shop", "GET /orders");

const max: Rule = {
  id: "latencyP95MsMax{shop,GET /orders}",
  key: "latencyP95MsMax",
  signal: "serverLatencyP95",
  unit: "ms",
  bound: "max",
  subject,
  limit: 500,
  clear: 450,
  windowSeconds: 30,
  forSeconds: 0,
  keepFiringSeconds: 10,
  minRequests: 20,
  severity: "critical",
};
const min: Rule = {
  ...max,
  key: "availabilityRatioMin",
  bound: "min",
  limit: 0.9,
  clear: 0.91,
  minRequests: 1,
};
const withoutBand: Rule = { ...max, clear: 500 };

describe("a threshold", () => {
  // Red when: compare in threshold.ts uses >= against the limit.
  it("exactly at the limit is not a breach", () => {
    expect(threshold.evaluate(max, sample(subject, 500)).state).toBe("between");
    expect(threshold.evaluate(min, sample(subject, 0.9)).state).toBe("between");
    expect(threshold.evaluate(withoutBand, sample(subject, 500)).state).toBe("ok");
  });

  it.each<[string, Rule, number, Verdict["state"]]>([
    ["far below", max, 0, "ok"],
    ["exactly at clear", max, 450, "ok"],
    ["over clear", max, 450.001, "between"],
    ["under the limit", max, 499.999, "between"],
    ["over the limit", max, 500.001, "breach"],
    ["far above", max, 1e9, "breach"],
    ["all well", min, 1, "ok"],
    ["exactly at clear", min, 0.91, "ok"],
    ["under clear", min, 0.909, "between"],
    ["under the limit", min, 0.899, "breach"],
    ["nothing works", min, 0, "breach"],
  ])("%s of a %o: %d is %s", (_, rule, value, state) => {
    expect(threshold.evaluate(rule, sample(subject, value))).toEqual({
      state,
      subject,
      value,
      count: 100,
      effectiveWindowSeconds: 30,
    });
  });

  it("flapping around the limit goes between breach and between, never to ok", () => {
    const states = [510, 499, 510, 451, 505].map(
      (value) => threshold.evaluate(max, sample(subject, value)).state,
    );
    expect(states).toEqual(["breach", "between", "breach", "between", "breach"]);
  });

  // Red when: a missing sample is read as zero.
  it("without data says so, and is neither good nor bad", () => {
    expect(threshold.evaluate(max, undefined)).toEqual({ state: "noData", subject });
  });

  // Red when: `count < rule.minRequests` is left out.
  it("on fewer requests than it needs is insufficient, however bad they were", () => {
    expect(threshold.evaluate(max, sample(subject, 9000, 19))).toEqual({
      state: "insufficient",
      subject,
      value: 9000,
      count: 19,
    });
    expect(threshold.evaluate(max, sample(subject, 9000, 20)).state).toBe("breach");
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("on %d is an error and never ok", (value) => {
    expect(threshold.evaluate(max, sample(subject, value)).state).toBe("error");
  });
});
