import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const payload = z.object({
  alerts: z.array(z.object({ status: z.string(), labels: z.record(z.string(), z.string()) })),
});

/** The first message about a firing alert, from one sender. */
export type Arrival = { sender: string; rule: string; service: string; atMs: number };

/**
 * Reads Alertmanager's webhook payload, which the observer sends, too.
 *
 * @param sender whose message it is
 * @param atMs when it came
 * @returns one for each firing alert of a service; none for what is resolved
 */
export function readArrivals(sender: string, body: string, atMs: number): Arrival[] {
  const { alerts } = payload.parse(JSON.parse(body));
  return alerts.flatMap(({ status, labels }) => {
    const { service, alertname: rule } = labels;
    return status === "firing" && service !== undefined && rule !== undefined
      ? [{ sender, rule, service, atMs }]
      : [];
  });
}

export type WebhookLog = AsyncDisposable & {
  /** Where a sender of this name posts. */
  url(sender: string): string;
  /** The first of each sender, rule and service. */
  find(sender: string, rule: string, service: string): Arrival | undefined;
};

/** A webhook receiver that notes when it first heard of each alert. */
export async function openWebhookLog(): Promise<WebhookLog> {
  const first = new Map<string, Arrival>();
  const key = ({ sender, rule, service }: Omit<Arrival, "atMs">): string =>
    [sender, rule, service].join("\n");
  const server = createServer(async (request, response) => {
    // The moment a message begins to come is what counts.
    const atMs = Date.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.end();
    const sender = (request.url ?? "").slice(1);
    for (const arrival of readArrivals(sender, Buffer.concat(chunks).toString(), atMs))
      if (!first.has(key(arrival))) first.set(key(arrival), arrival);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: (sender) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${sender}`,
    find: (sender, rule, service) => first.get(key({ sender, rule, service })),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}
