import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DeliveryPostponed, DeliveryRefused } from "@kontor/observer/alerts/receivers/receiver";
import { createWebhookReceiver, signWebhook } from "@kontor/observer/alerts/receivers/webhook-receiver";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { startMs } from "../timetable.ts";
import { notificationOf, routeRule } from "./notification.ts";

const signal = new AbortController().signal;

/** A real HTTP receiver; `answer` decides what each request is told. */
async function openReceiver(answer: (response: ServerResponse, attempt: number) => void) {
  const requests: { method: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    requests.push({ method: request.method ?? "", headers: request.headers, body });
    answer(response, requests.length);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    url: `http://127.0.0.1:${port}/hook`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const answering =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, headers).end();
  };

const receiverFor = (url: string, waitMsMax = 20_000) =>
  createWebhookReceiver({
    name: "hook",
    url,
    secret: "s3cret",
    publicUrl: "http://observer.test",
    nowMs: () => startMs,
    waitMsMax,
  });

/** What a receiver written for Alertmanager reads. */
const alertmanagerPayload = z.strictObject({
  version: z.literal("4"),
  groupKey: z.string().min(1),
  truncatedAlerts: z.int().min(0),
  status: z.enum(["firing", "resolved"]),
  receiver: z.string(),
  groupLabels: z.record(z.string(), z.string()),
  commonLabels: z.record(z.string(), z.string()),
  commonAnnotations: z.record(z.string(), z.string()),
  externalURL: z.url(),
  alerts: z
    .array(
      z.strictObject({
        status: z.enum(["firing", "resolved"]),
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()),
        startsAt: z.iso.datetime(),
        endsAt: z.iso.datetime(),
        generatorURL: z.url(),
        fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
      }),
    )
    .min(1),
});

describe("webhook receiver", () => {
  it("posts Alertmanager's version 4, with our links as annotations", async () => {
    await using hook = await openReceiver(answering(200));
    const rules = [routeRule, { ...routeRule, id: "b", key: "errorRatioMax" }];
    await receiverFor(hook.url).send(notificationOf(rules), signal);
    const payload = alertmanagerPayload.parse(JSON.parse(hook.requests[0]?.body ?? ""));
    expect(payload).toMatchObject({
      status: "firing",
      receiver: "hook",
      groupLabels: { service: "core-erp", environment: "test", severity: "critical" },
      commonLabels: { service: "core-erp", endpoint: "GET /api/orders" },
    });
    expect(payload.commonLabels).not.toHaveProperty("alertname");
    expect(payload.alerts.map(({ labels }) => labels.alertname)).toEqual([
      "latencyP95MsMax",
      "errorRatioMax",
    ]);
    expect(payload.alerts[0]).toMatchObject({
      startsAt: new Date(startMs).toISOString(),
      endsAt: "0001-01-01T00:00:00Z",
      annotations: {
        finding: "N+1 in orders.list_open",
        trace: "http://observer.test/traces/0af7651916cd43dd8448eb211c80319c",
      },
    });
  });

  it("the end has an end", async () => {
    await using hook = await openReceiver(answering(200));
    const firing = notificationOf();
    const [lead] = firing.transitions;
    const alert = { ...lead.alert, state: "resolved" as const, resolvedAtMs: startMs + 5_000 };
    await receiverFor(hook.url).send(
      { ...firing, kind: "resolved", transitions: [{ ...lead, to: "resolved", alert }] },
      signal,
    );
    const payload = alertmanagerPayload.parse(JSON.parse(hook.requests[0]?.body ?? ""));
    expect(payload.status).toBe("resolved");
    expect(payload.alerts[0]).toMatchObject({
      status: "resolved",
      endsAt: new Date(startMs + 5_000).toISOString(),
    });
  });

  it("is signed over time and body, and names its attempt by the id of the notification", async () => {
    await using hook = await openReceiver(answering(204));
    const notification = notificationOf();
    await receiverFor(hook.url).send(notification, signal);
    const [request] = hook.requests;
    const headers = request?.headers ?? {};
    const body = request?.body ?? "";
    const timestamp = String(startMs / 1000);
    expect(headers["x-kontor-timestamp"]).toBe(timestamp);
    // Red when: the timestamp is left out of what is signed
    expect(headers["x-kontor-signature"]).toBe(signWebhook("s3cret", timestamp, body));
    expect(headers["x-kontor-signature"]).not.toBe(signWebhook("s3cret", String(startMs / 1000 + 1), body));
    expect(headers["idempotency-key"]).toBe(notification.id);
  });

  it("without a secret it is sent without a signature", async () => {
    await using hook = await openReceiver(answering(200));
    const receiver = createWebhookReceiver({
      name: "hook",
      url: hook.url,
      secret: undefined,
      publicUrl: "http://observer.test",
      nowMs: () => startMs,
    });
    await receiver.send(notificationOf(), signal);
    expect(hook.requests[0]?.headers).not.toHaveProperty("x-kontor-signature");
  });

  it.each([
    [400, true],
    [401, true],
    [404, true],
    [410, true],
    [422, true],
    [302, false],
    [408, false],
    [425, false],
    [429, false],
    [500, false],
    [502, false],
    [503, false],
  ])("an answer of %i is final: %s", async (status, isFinal) => {
    await using hook = await openReceiver(answering(status, { location: "http://elsewhere.test/" }));
    const error = await receiverFor(hook.url)
      .send(notificationOf(), signal)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof DeliveryRefused).toBe(isFinal);
  });

  it.each([
    ["7", 7],
    ["100000", 3_600],
    ["soon", 0],
  ])("waits as Retry-After %s says, within reason", async (retryAfter, seconds) => {
    await using hook = await openReceiver(answering(429, { "retry-after": retryAfter }));
    await expect(receiverFor(hook.url).send(notificationOf(), signal)).rejects.toMatchObject({
      afterSeconds: seconds,
    });
    await expect(receiverFor(hook.url).send(notificationOf(), signal)).rejects.toBeInstanceOf(
      DeliveryPostponed,
    );
  });

  it("a receiver that is away or hangs fails within the wait, and is tried again", async () => {
    await using hanging = await openReceiver(() => {});
    const startedAt = performance.now();
    await expect(receiverFor(hanging.url, 300).send(notificationOf(), signal)).rejects.not.toBeInstanceOf(
      DeliveryRefused,
    );
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await expect(
      receiverFor("http://127.0.0.1:1/").send(notificationOf(), signal),
    ).rejects.not.toBeInstanceOf(DeliveryRefused);
  });
});
