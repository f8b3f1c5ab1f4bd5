import { readNews, toSentence } from "@kontor/kit/contracts/alert-words";
import { alertTransitioned } from "@kontor/kit/contracts/alerts";
import { toAlertEvent } from "@kontor/observer/alerts/receivers/alert-event";
import { describe, expect, it } from "vitest";
import { createInbox, openRoom } from "../room.ts";
import { cpuRule } from "../timetable.ts";

const finding = { fingerprint: "f".repeat(16), title: "N+1", recommendation: "join" };

describe("the event of a notification", () => {
  it("is news to its readers, whatever its kind, and keeps the contract", async () => {
    const rule = cpuRule("gateway", { forSeconds: 0, keepFiringSeconds: 0 });
    const inbox = createInbox();
    await using room = await openRoom({
      rules: [rule],
      receivers: [inbox.receiver],
      settings: { receivers: [{ name: "inbox", severities: ["critical"], repeatIntervalSeconds: 60 }] },
      explain: (_about, atMs) => ({ findings: atMs % 10_000 === 5_000 ? [finding] : [], traceIds: [] }),
    });
    const story: [string, number | "noData" | "error"][] = [
      ["00:01", 0.9],
      ["01:30", 0.1],
      ["01:40", "noData"],
      ["01:50", 0.1],
      ["02:00", "error"],
      ["02:30", 0.1],
    ];
    for (const [text, value] of story) {
      await room.runTo(text);
      room.say(rule, value);
    }
    await room.runTo("02:40");
    const events = inbox.received.map((notification) =>
      alertTransitioned.payload.parse(toAlertEvent(notification, "http://observer.test")),
    );
    // Red when: readNews of kit/contracts/alert-words.ts takes the end of silence for nobody's business
    expect(events.map(readNews)).toEqual([
      "firing",
      "explained",
      "repeated",
      "resolved",
      "noData",
      "resolved",
      "error",
      "resolved",
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events[4]).toMatchObject({ firedAt: null, sinceAt: "2026-03-02T00:01:41.000Z" });
    expect(toSentence(events[5] ?? events[0] ?? failed())).toContain("is known again");
  });
});

function failed(): never {
  throw new Error("no event");
}
