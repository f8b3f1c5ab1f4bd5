import { createServer } from "node:net";
import { alertMessageId } from "@kontor/kit/contracts/alerts";
import { DeliveryRefused } from "@kontor/observer/alerts/receivers/receiver";
import { createSmtpReceiver } from "@kontor/observer/alerts/receivers/smtp-receiver";
import { describe, expect, it } from "vitest";
import { latencyRule, subject } from "../timetable.ts";
import { notificationOf, routeRule } from "./notification.ts";
import { openSmtpServer } from "./smtp-server.ts";

const signal = new AbortController().signal;

function receiverFor(url: string, waitMsMax = 20_000) {
  return createSmtpReceiver({
    name: "mail",
    url,
    from: "Kontor <alerts@kontor.test>",
    to: "ops@kontor.test, lead@kontor.test",
    publicUrl: "http://observer.test:8010",
    waitMsMax,
  });
}

describe("smtp receiver", () => {
  it("says in one mail what is wrong where since when, why, and where to look", async () => {
    await using server = await openSmtpServer();
    const notification = notificationOf([routeRule]);
    await receiverFor(server.url).send(notification, signal);
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]).toMatchObject({
      from: "alerts@kontor.test",
      to: ["ops@kontor.test", "lead@kontor.test"],
    });
    expect(server.header(0, "Subject")).toBe("[critical] core-erp GET /api/orders: p95 1,235 ms over 500 ms");
    const { text, html } = await server.read(0);
    for (const part of [
      "1,235 ms",
      "at most 500 ms",
      "1 Mar 2026, 23:59:00 UTC",
      "N+1 in orders.list_open",
      "Join order_lines.",
      "http://observer.test:8010/findings/ffffffffffffffff",
      `http://observer.test:8010/alerts/${notification.transitions[0].alert.fingerprint}`,
      "http://observer.test:8010/traces/0af7651916cd43dd8448eb211c80319c",
    ]) {
      expect(text).toContain(part);
      expect(html).toContain(part);
    }
  });

  it("every attempt has the Message-ID that the notification service uses too", async () => {
    await using server = await openSmtpServer();
    const notification = notificationOf();
    await receiverFor(server.url).send(notification, signal);
    await receiverFor(server.url).send(notification, signal);
    // Red when: smtp-receiver.ts leaves the Message-ID to nodemailer
    expect([server.header(0, "Message-ID"), server.header(1, "Message-ID")]).toEqual([
      alertMessageId(notification.id),
      alertMessageId(notification.id),
    ]);
    expect(alertMessageId(notification.id)).toBe(`<${notification.id}@kontor.alerts>`);
  });

  it("lists what else happened in the group", async () => {
    await using server = await openSmtpServer();
    const rules = [routeRule, { ...routeRule, id: "b", key: "errorRatioMax", unit: "ratio" }];
    await receiverFor(server.url).send(notificationOf(rules, { omitted: 3 }), signal);
    expect(server.header(0, "Subject")).toBe(
      "[critical] core-erp GET /api/orders: p95 1,235 ms over 500 ms and 4 more",
    );
    expect((await server.read(0)).text).toContain("- core-erp GET /api/orders: error ratio");
    expect((await server.read(0)).text).toContain("- and 3 more");
  });

  it("a name with a line break adds no header", async () => {
    await using server = await openSmtpServer();
    const hostile = latencyRule("shop\r\nBcc: all@example.com\r\n", {
      subject: subject("shop\r\nBcc: all@example.com", "GET /\r\n\r\n<script>"),
    });
    await receiverFor(server.url).send(notificationOf([hostile]), signal);
    expect(server.mails[0]?.to).toEqual(["ops@kontor.test", "lead@kontor.test"]);
    expect(server.header(0, "Bcc")).toBeUndefined();
    expect((await server.read(0)).html).not.toContain("<script>");
  });

  it("a message that is refused for good is refused, one that is put off is not", async () => {
    const answer = (code: number) => ({
      onRcptTo(_address: unknown, _session: unknown, done: (error?: Error) => void) {
        done(Object.assign(new Error("no"), { responseCode: code }));
      },
    });
    await using refusing = await openSmtpServer(answer(550));
    await using busy = await openSmtpServer(answer(451));
    await expect(receiverFor(refusing.url).send(notificationOf(), signal)).rejects.toBeInstanceOf(
      DeliveryRefused,
    );
    await expect(receiverFor(busy.url).send(notificationOf(), signal)).rejects.not.toBeInstanceOf(
      DeliveryRefused,
    );
  });

  it("a server that is away or says nothing fails within the wait", async () => {
    await expect(receiverFor("smtp://127.0.0.1:1").send(notificationOf(), signal)).rejects.toThrow(
      /ECONNREFUSED/,
    );
    const silent = createServer();
    await new Promise<void>((resolve) => {
      silent.listen(0, "127.0.0.1", () => resolve());
    });
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : 0;
    const startedAt = performance.now();
    await expect(
      receiverFor(`smtp://127.0.0.1:${port}`, 300).send(notificationOf(), signal),
    ).rejects.toThrow();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    silent.close();
  });
});
