import { createAlertMachine } from "@kontor/observer/alerts/alert-machine";
import type { Verdict } from "@kontor/observer/rules/verdict";
import { describe, expect, it } from "vitest";
import { cpuRule, latencyRule, openTimetable, startMs, subject, timeMs, verdictOf } from "./timetable.ts";

describe("alert machine", () => {
  it("fires when a breach has lasted for `forSeconds`, and calls off after `keepFiringSeconds` of ok", () => {
    const gateway = latencyRule("gateway");
    const { at, history } = openTimetable([gateway]);
    at("00:00").value(gateway, 620).expect(gateway, "pending");
    at("00:29").expect(gateway, "pending");
    at("00:30").expect(gateway, "firing");
    at("00:45").value(gateway, 470).expect(gateway, "firing"); // under the limit, above `clear`
    at("01:00").value(gateway, 440).expect(gateway, "recovering");
    at("01:09").expect(gateway, "recovering");
    at("01:10").expect(gateway, "resolved");
    // Red when: `>=` becomes `>` in afterBreach or afterOk of alert-step.ts
    expect(history(gateway)).toEqual([
      "inactive>pending",
      "pending>firing",
      "firing>recovering",
      "recovering>resolved",
    ]);
  });

  it("fires in the very tick of the breach when `forSeconds` is 0, and resolves at once when nothing is kept firing", () => {
    const rule = latencyRule("gateway", { forSeconds: 0, keepFiringSeconds: 0 });
    const { at, history } = openTimetable([rule]);
    at("00:00").value(rule, 501).expect(rule, "firing");
    at("00:01").value(rule, 450).expect(rule, "resolved");
    expect(history(rule)).toEqual(["inactive>firing", "firing>resolved"]);
  });

  it.each([
    ["below clear", 449, "inactive"],
    ["at clear", 450, "inactive"],
    ["between clear and limit", 499, "inactive"],
    ["at the limit", 500, "inactive"],
    ["above the limit", 501, "pending"],
  ] as const)("a healthy rule with a value %s is %s", (_case, value, state) => {
    const rule = latencyRule("gateway");
    openTimetable([rule]).at("00:00").value(rule, value).expect(rule, state);
  });

  it("drops a pending alert on ok, and the next breach starts its clock anew", () => {
    const rule = latencyRule("gateway");
    const { at, history } = openTimetable([rule]);
    at("00:00").value(rule, 620).expect(rule, "pending");
    at("00:20").value(rule, 100).expect(rule, "inactive");
    at("00:21").value(rule, 620).expect(rule, "pending");
    at("00:50").expect(rule, "pending");
    at("00:51").expect(rule, "firing");
    expect(history(rule)).toEqual([
      "inactive>pending",
      "pending>inactive",
      "inactive>pending",
      "pending>firing",
    ]);
  });

  it("keeps a pending alert between clear and limit", () => {
    const rule = latencyRule("gateway");
    const { at } = openTimetable([rule]);
    at("00:00").value(rule, 620).expect(rule, "pending");
    at("00:10").value(rule, 480).expect(rule, "pending");
    at("00:35").expect(rule, "pending");
  });

  it("a breach after a gap longer than `for` is a new breach", () => {
    const rule = latencyRule("gateway");
    const { at } = openTimetable([rule]);
    at("00:00").value(rule, 620).expect(rule, "pending");
    at("00:01").insufficient(rule, 3).expect(rule, "pending");
    // Red when: afterBreach of alert-step.ts no longer looks at lastBreachMs
    at("10:00").value(rule, 620).expect(rule, "pending");
    at("10:30").expect(rule, "firing");
  });

  it("a flapping value fires once and stays one episode", () => {
    const rule = latencyRule("gateway", { forSeconds: 0 });
    const { at, history } = openTimetable([rule]);
    for (let minute = 0; minute < 3; minute++) {
      at(`0${minute}:00`).value(rule, 620).expect(rule, "firing");
      at(`0${minute}:05`).value(rule, 300).expect(rule, "recovering");
      at(`0${minute}:14`).value(rule, 620).expect(rule, "firing");
    }
    const firings = history(rule).filter(
      (change) => change.endsWith(">firing") && !change.startsWith("recovering"),
    );
    expect(firings).toHaveLength(1);
    expect(history(rule)).not.toContain("recovering>resolved");
  });

  it("too few requests neither fire, nor start a recovery, nor end one", () => {
    const rule = latencyRule("gateway", { forSeconds: 0 });
    const { at } = openTimetable([rule]);
    at("00:00").insufficient(rule, 5).expect(rule, "inactive");
    at("00:01").value(rule, 620).expect(rule, "firing");
    // Red when: nextState of alert-step.ts treats `insufficient` as `ok`
    at("00:02").insufficient(rule, 5).expect(rule, "firing");
    at("05:00").expect(rule, "firing");
    at("05:01").value(rule, 100).expect(rule, "recovering");
    at("05:02").insufficient(rule, 5).expect(rule, "recovering");
    at("05:30").expect(rule, "recovering");
    at("05:31").value(rule, 100).expect(rule, "resolved");
  });
});

describe("alert machine: silence and errors", () => {
  it("a service that was heard and falls silent is noticed, and its return is", () => {
    const rule = cpuRule("gateway");
    const { at, history } = openTimetable([rule]);
    at("00:00").value(rule, 0.2).expect(rule, "inactive");
    at("00:10").noData(rule).expect(rule, "noData");
    expect(at("00:11").alert(rule)?.reason).toBe("no data since 2026-03-02T00:00:10.000Z");
    at("01:00").value(rule, 0.2).expect(rule, "inactive");
    expect(history(rule)).toEqual(["inactive>noData", "noData>inactive"]);
  });

  it("what was never heard is not silent", () => {
    const rule = cpuRule("gateway");
    openTimetable([rule]).at("00:00").noData(rule).expect(rule, "inactive");
  });

  it("a route without requests is idle, not silent", () => {
    const rule = latencyRule("gateway");
    const { at } = openTimetable([rule]);
    at("00:00").value(rule, 100).expect(rule, "inactive");
    // Red when: countsRequests of alert-entry.ts answers false
    at("00:10").noData(rule).expect(rule, "inactive");
  });

  it.each(["noData", "error"] as const)("%s never calls off what fires, and stops a recovery", (unknown) => {
    const rule = cpuRule("gateway", { forSeconds: 0 });
    const { at } = openTimetable([rule]);
    const say = (text: string) =>
      unknown === "noData" ? at(text).noData(rule) : at(text).error(rule, "prometheus did not answer");
    at("00:00").value(rule, 0.9).expect(rule, "firing");
    say("00:10").expect(rule, "firing");
    say("10:00").expect(rule, "firing");
    at("10:01").value(rule, 0.2).expect(rule, "recovering");
    say("10:05").expect(rule, "recovering");
    // Red when: afterUnknown of alert-step.ts no longer clears okSinceMs
    at("10:20").value(rule, 0.2).expect(rule, "recovering");
    at("10:29").expect(rule, "recovering");
    at("10:30").expect(rule, "resolved");
  });

  it("keeps the `for` clock through silence and errors", () => {
    const rule = cpuRule("gateway");
    const { at, history } = openTimetable([rule], {
      settings: () => ({ noDataAfterSeconds: 0, errorAfterSeconds: 0 }),
    });
    at("00:00").value(rule, 0.9).expect(rule, "pending");
    at("00:10").noData(rule).expect(rule, "noData");
    at("00:15").error(rule, "no answer").expect(rule, "error");
    at("00:20").value(rule, 0.9).expect(rule, "pending");
    at("00:30").expect(rule, "firing");
    expect(history(rule)).toEqual([
      "inactive>pending",
      "pending>noData",
      "noData>error",
      "error>pending",
      "pending>firing",
    ]);
  });

  it("one failed read is no state, ten seconds of them are", () => {
    const rule = latencyRule("gateway");
    const { at } = openTimetable([rule]);
    at("00:00").value(rule, 100).expect(rule, "inactive");
    at("00:01").error(rule, "prometheus: connection refused").expect(rule, "inactive");
    at("00:02").value(rule, 100).expect(rule, "inactive");
    at("00:03").error(rule, "prometheus: connection refused").expect(rule, "inactive");
    at("00:12").expect(rule, "inactive");
    const alert = at("00:13").expect(rule, "error").alert(rule);
    expect(alert?.reason).toBe("prometheus: connection refused");
    at("00:14").noData(rule).expect(rule, "inactive");
  });
});

describe("alert machine: restarts, clocks and configuration", () => {
  it("continues the `for` clock after a restart in the middle of it", () => {
    const rule = latencyRule("gateway");
    const { at } = openTimetable([rule]);
    at("00:00").value(rule, 620).expect(rule, "pending");
    at("00:20").restart().expect(rule, "pending");
    at("00:29").expect(rule, "pending");
    // Red when: restoreEntry of alert-entry.ts forgets pendingSinceMs
    at("00:30").expect(rule, "firing");
  });

  it("fires in the first tick after a restart that outlasted `for`", () => {
    const rule = latencyRule("gateway");
    const { at } = openTimetable([rule]);
    at("00:00").value(rule, 620).expect(rule, "pending");
    at("00:45").restart().expect(rule, "firing");
  });

  it("a restart neither fires again nor loses a recovery", () => {
    const rule = latencyRule("gateway", { forSeconds: 0 });
    const { at, history } = openTimetable([rule]);
    at("00:00").value(rule, 620).expect(rule, "firing");
    at("00:10").restart().expect(rule, "firing");
    at("00:20").value(rule, 100).expect(rule, "recovering");
    at("00:25").restart().expect(rule, "recovering");
    at("00:30").expect(rule, "resolved");
    expect(history(rule)).toEqual(["inactive>firing", "firing>recovering", "recovering>resolved"]);
  });

  it("empty windows after a restart call nothing off and raise nothing", () => {
    const firing = cpuRule("gateway", { forSeconds: 0 });
    const healthy = cpuRule("auth");
    const { at } = openTimetable([firing, healthy]);
    at("00:00").value(firing, 0.9).expect(firing, "firing");
    at("00:10").noData(firing).noData(healthy).restart().expect(firing, "firing").expect(healthy, "inactive");
  });

  it("a clock set back costs the `for` clock one tick at most", () => {
    const rule = latencyRule("gateway");
    const { at, transitions } = openTimetable([rule]);
    at("10:00").value(rule, 620).expect(rule, "pending");
    at("10:20").expect(rule, "pending");
    at("05:00").clockSet().expect(rule, "pending");
    at("05:09").expect(rule, "pending");
    // Red when: shiftClocks of alert-machine.ts is not called
    at("05:11").expect(rule, "firing");
    const revisions = transitions.map(({ alert }) => alert.revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(transitions.map(({ id }) => id)).size).toBe(transitions.length);
  });

  it("a start in the future, read back after the clock went back, is not waited for", () => {
    const rule = latencyRule("gateway");
    const { at } = openTimetable([rule]);
    at("50:00").value(rule, 620).expect(rule, "pending");
    at("05:00").restart().expect(rule, "pending");
    at("05:30").expect(rule, "firing");
  });

  it("an alert on something nobody expects any more ends after an hour, and says why", () => {
    const rule = latencyRule("gateway", { forSeconds: 0 });
    const { at, transitions } = openTimetable([rule]);
    at("00:00").value(rule, 620).expect(rule, "firing");
    at("00:10").configure([], "one").expect(rule, "firing");
    at("01:00:09").expect(rule, "firing");
    at("01:00:10").expect(rule, "inactive");
    expect(transitions.at(-1)).toMatchObject({
      to: "resolved",
      alert: { reason: "nothing was heard of it for an hour, and it is no longer expected" },
    });
  });

  it("a changed limit keeps state and identity", () => {
    const rule = latencyRule("gateway", { forSeconds: 0 });
    const raised = latencyRule("gateway", { forSeconds: 0, limit: 600, clear: 550, severity: "warning" });
    const { at } = openTimetable([rule]);
    at("00:00").value(rule, 620).expect(rule, "firing");
    const alert = at("00:10")
      .configure([raised], "two")
      .value(raised, 580)
      .expect(raised, "firing")
      .alert(raised);
    expect(alert).toMatchObject({ limit: 600, severity: "warning", firedAtMs: timeMs("00:00") });
  });

  it("instances share one alert, which is as bad as the worst of them", () => {
    const a = cpuRule("gateway", {
      id: "a",
      subject: { ...subject("gateway"), instance: "a" },
      forSeconds: 0,
    });
    const b = cpuRule("gateway", {
      id: "b",
      subject: { ...subject("gateway"), instance: "b" },
      forSeconds: 0,
    });
    const { at, transitions } = openTimetable([a, b]);
    at("00:00").value(a, 0.9).value(b, 0.1).expect(a, "firing");
    expect(transitions).toHaveLength(1);
    expect(transitions[0]?.alert.subject).toEqual(subject("gateway"));
    expect(transitions[0]?.alert.observed).toBe(0.9);
    at("00:01").value(a, 0.1).value(b, 0.9).expect(a, "firing");
  });
});

describe("alert machine: what an alert carries", () => {
  it("takes what is known when it fires, more later, and starts the next episode empty", () => {
    const rule = latencyRule("gateway", { forSeconds: 0, keepFiringSeconds: 0 });
    const known = { fingerprint: "1".repeat(16), title: "N+1", recommendation: "join" };
    const { at, attach, transitions } = openTimetable([rule], {
      explain: (_about, atMs) =>
        atMs === startMs ? { findings: [known], traceIds: ["t1"] } : { findings: [], traceIds: [] },
    });
    const alert = at("00:00").value(rule, 620).alert(rule);
    expect(alert).toMatchObject({ findings: [known], traceIds: ["t1"] });
    const fingerprint = alert?.fingerprint ?? "";
    expect(attach(fingerprint, { findings: [known], traceIds: ["t1"] })).toBeUndefined();
    const later = { ...known, fingerprint: "2".repeat(16) };
    expect(attach(fingerprint, { findings: [later], traceIds: ["t2"] })?.findings).toEqual([known, later]);
    at("00:10").value(rule, 100).expect(rule, "resolved");
    expect(transitions.at(-1)?.alert.findings).toEqual([known, later]);
    expect(attach(fingerprint, { findings: [known], traceIds: [] })).toBeUndefined();
    expect(at("00:20").value(rule, 620).alert(rule)?.findings).toEqual([]);
  });

  it("has ids that depend on the decision alone", () => {
    const decide = () => {
      const rule = latencyRule("gateway", { forSeconds: 0 });
      const table = openTimetable([rule]);
      table.at("00:00").value(rule, 620).tick();
      return table.transitions[0];
    };
    const first = decide();
    expect(first?.id).toBe(decide()?.id);
    expect(first?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(first?.alert.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it("keeps the values of the last tick for readers", () => {
    const rule = latencyRule("gateway", { forSeconds: 0 });
    const { at } = openTimetable([rule]);
    at("00:00").value(rule, 620).tick();
    expect(at("00:05").value(rule, 900).alert(rule)?.observed).toBe(900);
  });

  // Red when: what the alert saw when it fired is told as the worst, or the worst of the episode before is.
  it("keeps the worst value since it fired, for a lower bound the lowest", () => {
    const slow = latencyRule("gateway", { forSeconds: 0, keepFiringSeconds: 0 });
    const rate = {
      key: "availabilityRatioMin",
      signal: "availability",
      bound: "min",
      limit: 0.9,
      clear: 0.95,
    };
    const down = latencyRule("auth", { ...rate, bound: "min", forSeconds: 0 });
    const isDown = (value: number): Verdict => ({
      state: "breach",
      subject: down.subject,
      value,
      count: 100,
      effectiveWindowSeconds: 30,
    });
    const { at } = openTimetable([slow, down]);
    at("00:00").value(slow, 620).say(down, isDown(0.7)).tick();
    at("00:05").value(slow, 6_310).say(down, isDown(0.2)).tick();
    const steps = at("00:07").value(slow, 900).say(down, isDown(0.6));
    expect(steps.alert(slow)).toMatchObject({ observed: 900, worst: 6_310 });
    expect(steps.alert(down)).toMatchObject({ observed: 0.6, worst: 0.2 });
    expect(at("00:10").value(slow, 100).alert(slow)).toMatchObject({ state: "resolved", worst: 6_310 });
    expect(at("00:20").value(slow, 700).alert(slow)).toMatchObject({ state: "firing", worst: 700 });
  });

  it("10,000 healthy rules make no transition and keep no alert", () => {
    const rules = Array.from({ length: 10_000 }, (_, index) =>
      latencyRule("gateway", { id: `r${index}`, subject: subject(`s${index}`) }),
    );
    const machine = createAlertMachine();
    const verdicts = rules.map((rule) => ({ rule, verdict: verdictOf(rule, 100) }));
    for (let second = 0; second < 5; second++) {
      expect(
        machine.apply({
          atMs: startMs + second * 1000,
          verdicts,
          configurationHash: "one",
          source: "stream",
        }),
      ).toEqual([]);
    }
    expect(machine.listAlerts()).toEqual([]);
  });
});
