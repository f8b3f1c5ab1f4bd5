import { DeliveryRefused } from "@kontor/observer/alerts/receivers/receiver";
import { describe, expect, it } from "vitest";
import { createInbox, openRoom } from "../room.ts";
import { cpuRule, latencyRule, subject, timeMs } from "../timetable.ts";

const quick = { forSeconds: 0, keepFiringSeconds: 0 };

describe("delivery: what is told, and how often", () => {
  it("tells of firing and of its end, once each, and of nothing in between", async () => {
    const rule = latencyRule("gateway", { forSeconds: 5, keepFiringSeconds: 5 });
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:04");
    expect(inbox.messages).toEqual([]);
    await room.runTo("00:20");
    room.say(rule, 100);
    await room.runTo("00:22");
    room.say(rule, 620);
    await room.runTo("00:40");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax"]);
    room.say(rule, 100);
    await room.runTo("01:00");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax", "resolved: latencyP95MsMax"]);
    const [firing, resolved] = inbox.received;
    expect(firing?.transitions[0]).toMatchObject({ id: firing?.id, from: "pending", to: "firing" });
    expect(resolved?.transitions[0]).toMatchObject({ id: resolved?.id, from: "recovering", to: "resolved" });
  });

  it("a pending alert that was no alert is told to nobody, and is in the log and the journal", async () => {
    const rule = latencyRule("gateway");
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:05");
    room.say(rule, 100);
    await room.runTo("00:10");
    expect(inbox.messages).toEqual([]);
    expect(room.lines.map(({ message }) => message)).toEqual(["alert pending", "alert inactive"]);
    expect(room.journal.listUnstored(10).map(({ record }) => record.kind)).toEqual([
      "transition",
      "transition",
    ]);
  });

  it("a breach without a receiver for its severity is logged and journaled", async () => {
    const rule = latencyRule("gateway", { ...quick, severity: "info" });
    const inbox = createInbox();
    await using room = await openRoom({
      rules: [rule],
      receivers: [inbox.receiver],
      settings: { receivers: [{ name: "inbox", severities: ["critical"], repeatIntervalSeconds: 60 }] },
    });
    room.say(rule, 620);
    await room.runTo("00:01");
    expect(inbox.messages).toEqual([]);
    // Red when: logTransition of delivery.ts is only called for what somebody is told of
    expect(room.lines[0]).toMatchObject({
      level: "warn",
      message: "alert firing",
      fields: { rule: "latencyP95MsMax", service: "gateway", observed: 620, limit: 500, receivers: [] },
    });
    expect(room.journal.listUnstored(10)[0]?.record).toMatchObject({ transition: { to: "firing" } });
  });

  it("repeats what lasts after the repeat interval of each receiver, and stops when it is over", async () => {
    const rule = latencyRule("gateway", quick);
    const [often, seldom] = [createInbox("often"), createInbox("seldom")];
    await using room = await openRoom({
      rules: [rule],
      receivers: [often.receiver, seldom.receiver],
      settings: {
        receivers: [
          { name: "often", severities: ["critical"], repeatIntervalSeconds: 60 },
          { name: "seldom", severities: ["critical"], repeatIntervalSeconds: 3600 },
        ],
      },
    });
    room.say(rule, 620);
    await room.runTo("00:59");
    expect(often.messages).toHaveLength(1);
    room.say(rule, 700);
    await room.runTo("02:00");
    expect(often.messages).toEqual([
      "firing: latencyP95MsMax",
      "repeated: latencyP95MsMax",
      "repeated: latencyP95MsMax",
    ]);
    expect(often.received[2]?.transitions[0].alert.observed).toBe(700);
    expect(new Set(often.received.map(({ id }) => id)).size).toBe(3);
    expect(seldom.messages).toEqual(["firing: latencyP95MsMax"]);
    room.say(rule, 100);
    await room.runTo("05:00");
    expect(often.messages.slice(3)).toEqual(["resolved: latencyP95MsMax"]);
    expect(seldom.messages.slice(1)).toEqual(["resolved: latencyP95MsMax"]);
  });

  it("silence of a service is told once, with all its rules, and so is its return", async () => {
    const rules = [cpuRule("gateway"), cpuRule("gateway", { key: "memoryMbMax", signal: "memoryMb" })];
    const inbox = createInbox();
    await using room = await openRoom({
      rules,
      receivers: [inbox.receiver],
      settings: { receivers: [{ name: "inbox", severities: ["critical"], repeatIntervalSeconds: 30 }] },
    });
    await room.runTo("00:01");
    for (const rule of rules) room.say(rule, "noData");
    await room.runTo("05:00");
    expect(inbox.messages).toEqual(["noData: cpuRatioMax+memoryMbMax"]);
    for (const rule of rules) room.say(rule, 0.1);
    await room.runTo("06:00");
    expect(inbox.messages.slice(1)).toEqual(["resolved: cpuRatioMax+memoryMbMax"]);
  });

  it("a source that cannot be read is one message, whatever the number of services", async () => {
    const rules = Array.from({ length: 60 }, (_, index) => cpuRule(`service-${index}`));
    const inbox = createInbox();
    await using room = await openRoom({ rules, receivers: [inbox.receiver] });
    for (const rule of rules) room.say(rule, "error");
    await room.runTo("00:30");
    expect(inbox.received).toHaveLength(1);
    expect(inbox.received[0]).toMatchObject({ kind: "error", omitted: 10, group: { source: "stream" } });
    expect(inbox.received[0]?.transitions).toHaveLength(50);
    expect(inbox.received[0]?.episodeIds).toHaveLength(60);
  });

  it("what was silent and now fires is told as firing, not as over", async () => {
    const rule = cpuRule("gateway", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    await room.runTo("00:01");
    room.say(rule, "noData");
    await room.runTo("00:10");
    room.say(rule, 0.9);
    await room.runTo("00:20");
    expect(inbox.messages).toEqual(["noData: cpuRatioMax", "firing: cpuRatioMax"]);
  });
});

describe("delivery: groups", () => {
  it("tells of the first at once, and of what follows together after the group interval", async () => {
    const rules = ["latencyP50MsMax", "latencyP95MsMax", "latencyP99MsMax"].map((key) =>
      latencyRule("gateway", { ...quick, key }),
    );
    const inbox = createInbox();
    await using room = await openRoom({
      rules,
      receivers: [inbox.receiver],
      settings: { groupIntervalSeconds: 10 },
    });
    const [first, second, third] = rules;
    if (!first || !second || !third) throw new Error("three rules");
    room.say(first, 620);
    await room.runTo("00:00");
    expect(inbox.messages).toEqual(["firing: latencyP50MsMax"]);
    room.say(second, 620);
    await room.runTo("00:03");
    room.say(third, 620);
    await room.runTo("00:09");
    expect(inbox.messages).toHaveLength(1);
    await room.runTo("00:10");
    expect(inbox.messages[1]).toBe("firing: latencyP95MsMax+latencyP99MsMax");
  });

  it("what fires and ends within the group interval is told of all the same", async () => {
    const [first, second] = [
      latencyRule("gateway", quick),
      latencyRule("gateway", { ...quick, key: "errorRatioMax" }),
    ];
    const inbox = createInbox();
    await using room = await openRoom({
      rules: [first, second],
      receivers: [inbox.receiver],
      settings: { groupIntervalSeconds: 10 },
    });
    room.say(first, 620);
    await room.runTo("00:01");
    room.say(second, 620);
    await room.runTo("00:03");
    room.say(second, 100);
    await room.runTo("00:30");
    // Red when: findNews of stages.ts does not look at `ready`
    expect(inbox.messages).toEqual([
      "firing: latencyP95MsMax",
      "firing: errorRatioMax",
      "resolved: errorRatioMax",
    ]);
  });

  it("services, severities and environments are groups of their own", async () => {
    const rules = [
      latencyRule("gateway", quick),
      latencyRule("auth", quick),
      latencyRule("gateway", { ...quick, key: "errorRatioMax", severity: "warning" }),
      latencyRule("gateway", {
        ...quick,
        id: "other",
        subject: { ...subject("gateway"), environment: "live" },
      }),
    ];
    const inbox = createInbox();
    await using room = await openRoom({ rules, receivers: [inbox.receiver] });
    for (const rule of rules) room.say(rule, 620);
    await room.runTo("00:00");
    expect(inbox.received).toHaveLength(4);
  });
});

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

describe("delivery: receivers that fail", () => {
  it("a dead receiver delays neither the others nor the tick", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox("alive");
    const hanging = { name: "dead", send: () => new Promise<void>(() => {}) };
    await using room = await openRoom({ rules: [rule], receivers: [hanging, inbox.receiver] });
    room.say(rule, 620);
    await room.tickAt("00:00");
    await expect.poll(() => inbox.messages).toEqual(["firing: latencyP95MsMax"]);
    room.say(rule, 100);
    await room.tickAt("00:01");
    await expect.poll(() => inbox.messages).toHaveLength(2);
    expect(room.alerting.pendingCount).toBe(2);
  });

  it("tries again with growing pauses, keeps the order of an alert, and sends each once", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    inbox.fail(new Error("connection refused"));
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:01");
    room.say(rule, 100);
    await room.runTo("00:20");
    // At 0, 1, 3, 7 and 15 s; the end waits behind the beginning.
    expect(inbox.failures).toHaveLength(5);
    expect(new Set(inbox.failures).size).toBe(1);
    inbox.fail(undefined);
    await room.runTo("01:00");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax", "resolved: latencyP95MsMax"]);
    expect(room.alerting.pendingCount).toBe(0);
  });

  it("a refused message is given up, logged, and holds up nothing", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    inbox.fail(new DeliveryRefused("400"));
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:05");
    expect(inbox.failures).toHaveLength(1);
    expect(
      room.lines.some(({ message, level }) => level === "error" && message === "alert notification given up"),
    ).toBe(true);
    inbox.fail(undefined);
    room.say(rule, 100);
    await room.runTo("00:06");
    expect(inbox.messages).toEqual(["resolved: latencyP95MsMax"]);
  });

  it("people are told when the journal cannot be written", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    await room.journal[Symbol.asyncDispose]();
    room.say(rule, 620);
    await room.runTo("00:00");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax"]);
    expect(room.lines.some(({ message }) => message.startsWith("the alert journal cannot be written"))).toBe(
      true,
    );
  });
});
