import { describe, expect, it } from "vitest";
import { latencyRule, openTimetable } from "./timetable.ts";

describe("alerts of rules that come and go", () => {
  it("a rule taken out of the configuration resolves its alert and says why", () => {
    const rule = latencyRule("gateway", { forSeconds: 0 });
    const other = latencyRule("auth");
    const { at, transitions } = openTimetable([rule, other]);
    at("00:00").value(rule, 620).expect(rule, "firing");
    at("00:10").configure([other], "two").tick();
    expect(transitions.at(-1)).toMatchObject({
      from: "firing",
      to: "resolved",
      alert: { reason: "the rule is no longer in the configuration" },
    });
  });

  it("a rule taken out and put back is an alert like any other", () => {
    const [rule, other] = [latencyRule("gateway", { forSeconds: 0 }), latencyRule("auth")];
    const { at } = openTimetable([other, rule]);
    at("00:00").value(rule, 100).expect(rule, "inactive");
    at("00:10").configure([other], "two").tick();
    // Red when: applyToMissing of alert-machine.ts leaves its rule to an entry that it deletes
    at("00:20").configure([other, rule], "two").value(rule, 620).expect(rule, "firing");
  });

  it("a configured rule that is not named by a tick stays as it is", () => {
    const rule = latencyRule("gateway", { forSeconds: 0 });
    const { at } = openTimetable([rule]);
    at("00:00").value(rule, 620).expect(rule, "firing");
    // Red when: applyToMissing of alert-machine.ts does not compare the hash
    at("00:10").configure([], "one").expect(rule, "firing");
    at("00:20").configure([rule], "one").value(rule, 100).expect(rule, "recovering");
  });
});
