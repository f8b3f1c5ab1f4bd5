import { expect, it } from "vitest";
import { exportRules } from "../../../bench/sources/prometheus-own-rules.ts";
import { limitSets, ruleCount, rulesPerRoute } from "../../../bench/sources/source-load.ts";

// Red when: groups of one name are not made one: every set would be computed anew, and the rival would look slow.
it("the rival computes each signal once and compares it with every limit", () => {
  const { groups } = exportRules(limitSets, "first");
  expect(groups).toHaveLength(3);
  const rules = groups.flatMap((group) => group.rules);
  const recorded = rules.flatMap((rule) => ("record" in rule ? [rule.record] : []));
  expect(new Set(recorded).size).toBe(recorded.length);
  expect(rules.filter((rule) => "alert" in rule)).toHaveLength(rulesPerRoute);
  expect(ruleCount).toBe(4_800);
});
