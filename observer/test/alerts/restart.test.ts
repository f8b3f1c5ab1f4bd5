import { appendFile, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createInbox, openRoom } from "./room.ts";
import { latencyRule, timeMs } from "./timetable.ts";

const quick = { forSeconds: 0, keepFiringSeconds: 0 };

describe("alerting after kill -9", () => {
  it("continues the `for` clock: the alert fires at most one tick late", async () => {
    const rule = latencyRule("gateway", { forSeconds: 30 });
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:20");
    await room.kill("00:25");
    await room.runTo("00:29");
    expect(inbox.messages).toEqual([]);
    await room.runTo("00:30");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax"]);
  });

  it("does not send again what was sent, and still tells of the end", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:02");
    await room.kill("00:10");
    await room.runTo("01:00");
    // Red when: the delivery record is not journaled, or `told` is not rebuilt from it
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax"]);
    room.say(rule, 100);
    await room.runTo("01:05");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax", "resolved: latencyP95MsMax"]);
  });

  it("sends what was on its way, under the same id", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    inbox.fail(new Error("connection refused"));
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:02");
    await room.kill("00:10");
    inbox.fail(undefined);
    await room.runTo("00:20");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax"]);
    expect(new Set([...inbox.failures, ...inbox.received.map(({ id }) => id)]).size).toBe(1);
  });

  it("sends again under the same id what was taken but not noted: the one window for a double", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:00");
    // The last line is the note that the receiver took it.
    const path = join(room.folder, "transitions.jsonl");
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    expect(lines.at(-1)).toContain('"outcome":"sent"');
    await writeFile(path, `${lines.slice(0, -1).join("\n")}\n`);
    await room.kill("00:10");
    await room.runTo("00:20");
    expect(inbox.received).toHaveLength(2);
    expect(inbox.received[0]?.id).toBe(inbox.received[1]?.id);
  });

  it("tells of a transition that was journaled when the crash came before any plan", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:00");
    const path = join(room.folder, "transitions.jsonl");
    const [first] = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, `${first}\n`);
    await room.kill("00:10");
    await room.runTo("00:12");
    expect(inbox.received).toHaveLength(2);
    expect(inbox.received[0]?.id).toBe(inbox.received[1]?.id);
  });

  it("keeps silences, and the reminders' clock", async () => {
    const [silenced, told] = [latencyRule("auth", quick), latencyRule("gateway", quick)];
    const inbox = createInbox();
    await using room = await openRoom({
      rules: [silenced, told],
      receivers: [inbox.receiver],
      settings: { receivers: [{ name: "inbox", severities: ["critical"], repeatIntervalSeconds: 60 }] },
    });
    const silence = await room.alerting.createSilence(
      {
        matchers: [{ name: "service", value: "auth", isRegex: false, isEqual: true }],
        startsAtMs: timeMs("00:00"),
        endsAtMs: timeMs("10:00"),
        createdBy: "ops",
        comment: "known",
      },
      "ops",
    );
    await room.kill("00:01");
    expect(room.alerting.listSilences()).toEqual([silence]);
    room.say(silenced, 620);
    room.say(told, 620);
    await room.runTo("00:30");
    await room.kill("00:40");
    await room.runTo("01:00");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax"]);
    await room.runTo("01:01");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax", "repeated: latencyP95MsMax"]);
    expect(
      inbox.received.every(({ transitions }) => transitions[0].alert.subject.service === "gateway"),
    ).toBe(true);
  });

  it("reads on after a line that was cut off, and after one that is damaged", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    const path = join(room.folder, "transitions.jsonl");
    room.say(rule, 620);
    await room.runTo("00:02");
    await appendFile(path, 'not json\n{"n":99,"r":{"kind":"trans');
    await room.kill("00:10");
    await room.runTo("00:11");
    room.say(rule, 100);
    await room.runTo("00:12");
    await room.kill("00:20");
    await room.runTo("00:30");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax", "resolved: latencyP95MsMax"]);
    expect(room.lines.filter(({ message }) => message.includes("cannot be read"))).toHaveLength(2);
    expect(await readFile(path, "utf8")).not.toContain('"kind":"trans\n');
  });

  it("a receiver that was taken out of the configuration does not keep its messages for ever", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    inbox.fail(new Error("away"));
    const receivers = [inbox.receiver];
    await using room = await openRoom({ rules: [rule], receivers });
    room.say(rule, 620);
    await room.runTo("00:02");
    expect(room.alerting.pendingCount).toBe(1);
    receivers.pop();
    await room.kill("00:10");
    expect(room.alerting.pendingCount).toBe(0);
    expect(room.lines.at(-1)).toMatchObject({ level: "error", message: "alert notification given up" });
  });

  it("starts empty when the file is lost, and says nothing twice in the same run", async () => {
    const rule = latencyRule("gateway", quick);
    const inbox = createInbox();
    await using room = await openRoom({ rules: [rule], receivers: [inbox.receiver] });
    room.say(rule, 620);
    await room.runTo("00:02");
    await truncate(join(room.folder, "transitions.jsonl"));
    await room.kill("00:10");
    expect(room.journal.isNew).toBe(true);
    await room.runTo("00:20");
    expect(inbox.messages).toEqual(["firing: latencyP95MsMax", "firing: latencyP95MsMax"]);
  });
});
