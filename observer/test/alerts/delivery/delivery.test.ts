import { DeliveryRefused } from "@kontor/observer/alerts/receivers/receiver";
import { describe, expect, it } from "vitest";
import { createInbox, openRoom } from "../room.ts";
import { cpuRule, latencyRule, subject } from "../timetable.ts";

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

  // Red when: the stage that routes by severity lets every receiver have everything.
  it("each receiver hears the severities of its route, from firing over reminders to the end", async () => {
    const critical = latencyRule("gateway", { ...quick, severity: "critical" });
    const warning = cpuRule("core-erp", { ...quick, severity: "warning" });
    const [pager, log] = [createInbox("pager"), createInbox("log")];
    await using room = await openRoom({
      rules: [critical, warning],
      receivers: [pager.receiver, log.receiver],
      settings: {
        receivers: [
          { name: "pager", severities: ["critical"], repeatIntervalSeconds: 60 },
          { name: "log", severities: ["info", "warning"], repeatIntervalSeconds: 60 },
        ],
      },
    });
    room.say(critical, 620);
    room.say(warning, 0.95);
    await room.runTo("01:05");
    room.say(critical, 100);
    room.say(warning, 0.1);
    await room.runTo("01:10");
    const story = (rule: string) => ["firing", "repeated", "resolved"].map((kind) => `${kind}: ${rule}`);
    expect(pager.messages).toEqual(story("latencyP95MsMax"));
    expect(log.messages).toEqual(story("cpuRatioMax"));
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
