import type { EventEnvelope } from "@kontor/kit/bus/bus";
import { alertMessageId, alertTransitioned } from "@kontor/kit/contracts/alerts";
import { createBusReceiver } from "@kontor/observer/alerts/receivers/bus-receiver";
import { createSmtpReceiver } from "@kontor/observer/alerts/receivers/smtp-receiver";
import { withFallback } from "@kontor/observer/alerts/receivers/with-fallback";
import { describe, expect, it } from "vitest";
import { createRecordingLogger, openRoom } from "../room.ts";
import { latencyRule } from "../timetable.ts";
import { openSmtpServer } from "./smtp-server.ts";

/** The default receiver as main.ts wires it: the bus, and the observer's own mail behind it. */
async function openPager(publish: (event: EventEnvelope) => Promise<void>, waitMs = 20_000) {
  const mail = await openSmtpServer();
  const { logger, lines } = createRecordingLogger();
  const publicUrl = "http://observer.test";
  const bus = createBusReceiver({
    name: "pager",
    publish,
    publicUrl,
    publishMsMax: waitMs,
    acknowledgeMsMax: waitMs,
  });
  const smtp = createSmtpReceiver({
    name: "smtp",
    url: mail.url,
    from: "a@kontor.test",
    to: "b@kontor.test",
    publicUrl,
  });
  const rule = latencyRule("core-erp", { forSeconds: 0, keepFiringSeconds: 0 });
  const room = await openRoom({ rules: [rule], receivers: [withFallback(bus, smtp, logger)] });
  return {
    mail,
    room,
    rule,
    lines,
    async [Symbol.asyncDispose]() {
      await room[Symbol.asyncDispose]();
      await mail[Symbol.asyncDispose]();
    },
  };
}

describe("bus receiver with the observer's own mail behind it", () => {
  it("a message that somebody reports as delivered is not sent again by the observer", async () => {
    const published: EventEnvelope[] = [];
    await using pager = await openPager(async (event) => {
      published.push(event);
      void pager.room.alerting.acknowledge("pager", event.id);
    });
    pager.room.say(pager.rule, 620);
    await pager.room.runTo("00:05");
    expect(published).toHaveLength(1);
    const payload = alertTransitioned.payload.parse(published[0]?.payload);
    expect(payload).toMatchObject({ id: published[0]?.id, to: "firing", service: "core-erp", observed: 620 });
    // Red when: settle of send-queue.ts does not call the attempt off
    expect(pager.mail.mails).toEqual([]);
    expect(pager.room.alerting.pendingCount).toBe(0);
  });

  it.each([
    ["fails", () => Promise.reject(new Error("bus away"))],
    ["hangs", () => new Promise<void>(() => {})],
    ["takes the event, and nobody reports a delivery", () => Promise.resolve()],
  ])(
    "when the bus %s, the observer sends the mail itself, under the event's Message-ID",
    async (_case, publish) => {
      const published: string[] = [];
      await using pager = await openPager((event) => {
        published.push(event.id);
        return publish();
      }, 100);
      pager.room.say(pager.rule, 620);
      await pager.room.runTo("00:05");
      expect(pager.mail.mails).toHaveLength(1);
      expect(published).toHaveLength(1);
      expect(pager.mail.header(0, "Message-ID")).toBe(alertMessageId(published[0] ?? ""));
      expect(pager.room.alerting.pendingCount).toBe(0);
      expect(pager.lines[0]).toMatchObject({
        level: "warn",
        fields: { receiver: "pager", fallback: "smtp" },
      });
    },
  );

  it("a report that comes after a restart counts, and the message is not sent again", async () => {
    const published: string[] = [];
    await using pager = await openPager(async (event) => {
      published.push(event.id);
    });
    pager.room.say(pager.rule, 620);
    await pager.room.tickAt("00:00");
    await expect.poll(() => published).toHaveLength(1);
    await pager.room.kill("00:01");
    await pager.room.alerting.acknowledge("pager", published[0] ?? "");
    await pager.room.runTo("00:05");
    expect(published).toHaveLength(1);
    expect(pager.room.alerting.pendingCount).toBe(0);
  });

  it("a report of something unknown is nothing", async () => {
    await using pager = await openPager(() => Promise.resolve());
    await expect(pager.room.alerting.acknowledge("pager", "unknown")).resolves.toBeUndefined();
    await expect(pager.room.alerting.acknowledge("nobody", "unknown")).resolves.toBeUndefined();
  });
});
