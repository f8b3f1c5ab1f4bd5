import { describe, expect, it } from "vitest";
import { createInbox, openRoom } from "../room.ts";
import { latencyRule, timeMs } from "../timetable.ts";

const quick = { forSeconds: 0, keepFiringSeconds: 0 };

describe("delivery: silences and inhibition", () => {
  it("a silenced alert is told when the silence ends, if it still fires", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    await room.alerting.createSilence(
      {
        matchers: [{ name: "service", value: "gate.*", isRegex: true, isEqual: true }],
        startsAtMs: timeMs("00:00"),
        endsAtMs: timeMs("01:00"),
        createdBy: "ops",
        comment: "deployment",
      },
      "ops",
    );
    room.say(rule, 620);
    await room.runTo("00:59");
    expect(inbox.messages).toEqual([]);
    const [alert] = room.alerting.listAlerts();
    expect(room.alerting.getSuppression(alert?.fingerprint ?? "")?.silencedBy).toHaveLength(1);
    expect(room.lines.filter(({ message }) => message.startsWith("nobody is notified"))).toHaveLength(1);
    await room.runTo("01:00");
    // Red when: the planner looks at transitions alone instead of at open episodes
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax"]);
  });

  // Red when: a silence holds back from the time it was made on, or after its end.
  it("a silence of a time to come holds nothing back before it begins, and nothing after its end", async () => {
    const [before, within, after] = ["auth", "gateway", "core-erp"].map((name) => latencyRule(name, quick));
    if (before === undefined || within === undefined || after === undefined) throw new Error("three rules");
    const inbox = createInbox();
    await using room = await openRoom({ rules: [before, within, after], receivers: [inbox.receiver] });
    const matchers = [{ name: "alertname", value: "latencyP95MsMax", isRegex: false, isEqual: true }];
    const window = { startsAtMs: timeMs("01:00"), endsAtMs: timeMs("02:00") };
    await room.alerting.createSilence(
      { matchers, ...window, createdBy: "ops", comment: "maintenance" },
      "ops",
    );
    room.say(before, 620);
    await room.runTo("00:10");
    room.say(before, 100);
    await room.runTo("01:01");
    room.say(within, 620);
    await room.runTo("01:30");
    room.say(within, 100);
    await room.runTo("02:05");
    room.say(after, 620);
    await room.runTo("02:10");
    expect(
      inbox.received.map(({ kind, transitions }) => [kind, transitions[0].alert.subject.service]),
    ).toEqual([
      ["firing", "auth"],
      ["resolved", "auth"],
      ["firing", "core-erp"],
    ]);
  });

  it("what began and ended under a silence is told to nobody; the end of what was told is", async () => {
    const [told, untold] = [latencyRule("gateway", quick), latencyRule("auth", quick)];
    const inbox = createInbox();
    await using room = await openRoom({ rules: [told, untold], receivers: [inbox.receiver] });
    room.say(told, 620);
    await room.runTo("00:01");
    await room.alerting.createSilence(
      {
        matchers: [{ name: "severity", value: "critical", isRegex: false, isEqual: true }],
        startsAtMs: timeMs("00:01"),
        endsAtMs: timeMs("10:00"),
        createdBy: "ops",
        comment: "known",
      },
      "ops",
    );
    room.say(untold, 620);
    await room.runTo("00:10");
    room.say(told, 100);
    room.say(untold, 100);
    await room.runTo("11:00");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax", "resolved: latencyP95MsMax"]);
    expect(
      inbox.received.every(({ transitions }) => transitions[0].alert.subject.service === "gateway"),
    ).toBe(true);
  });

  it("a service that is down inhibits its dependants until it is up again", async () => {
    const down = latencyRule("postgres", { ...quick, key: "availabilityRatioMin", signal: "availability" });
    const direct = latencyRule("core-erp", quick);
    const indirect = latencyRule("gateway", quick);
    const other = latencyRule("auth", quick);
    const inbox = createInbox();
    await using room = await openRoom({
      rules: [down, direct, indirect, other],
      receivers: [inbox.receiver],
      settings: {
        dependsOn: new Map([
          ["gateway", ["core-erp"]],
          ["core-erp", ["postgres"]],
        ]),
      },
    });
    for (const rule of [down, direct, indirect, other]) room.say(rule, 620);
    await room.runTo("00:30");
    expect(inbox.received.map(({ transitions }) => transitions[0].alert.subject.service)).toEqual([
      "postgres",
      "auth",
    ]);
    room.say(down, 100);
    await room.runTo("00:40");
    expect(
      inbox.received.slice(2).map(({ kind, transitions }) => [kind, transitions[0].alert.subject.service]),
    ).toEqual([
      ["resolved", "postgres"],
      ["firing", "core-erp"],
      ["firing", "gateway"],
    ]);
  });
});

describe("delivery: explanations", () => {
  const finding = { fingerprint: "f".repeat(16), title: "N+1 in orders.list", recommendation: "join" };

  it("a first finding within a minute is one further message, and stands in the end's message", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    const later = { ...finding, fingerprint: "e".repeat(16) };
    const known: (typeof finding)[] = [];
    await using room = await openRoom({
      rules: [rule],
      receivers: [inbox.receiver],
      explain: () => ({ findings: known, traceIds: ["t1"] }),
    });
    room.say(rule, 620);
    await room.runTo("00:05");
    known.push(finding);
    await room.runTo("00:10");
    known.push(later);
    await room.runTo("00:20");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax", "explained: latencyP95MsMax"]);
    expect(inbox.received[0]?.transitions[0].alert.traceIds).toEqual(["t1"]);
    expect(inbox.received[1]?.transitions[0].alert.findings).toEqual([finding]);
    expect(room.alerting.listAlerts()[0]?.findings).toEqual([finding, later]);
    room.say(rule, 100);
    await room.runTo("00:25");
    expect(inbox.received[2]).toMatchObject({
      kind: "resolved",
      transitions: [{ alert: { findings: [finding, later] } }],
    });
  });

  it("what is explained from the start, or only after a minute, makes no further message", async () => {
    const [early, late] = [latencyRule("gateway", quick), latencyRule("auth", quick)];
    const inbox = createInbox();
    await using room = await openRoom({
      rules: [early, late],
      receivers: [inbox.receiver],
      explain: (about, atMs) => ({
        findings:
          "subject" in about && JSON.stringify(about).includes("gateway")
            ? [finding]
            : atMs > timeMs("01:01")
              ? [finding]
              : [],
        traceIds: [],
      }),
    });
    room.say(early, 620);
    room.say(late, 620);
    await room.runTo("02:00");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax", "firing: latencyP95MsMax"]);
  });
});
