import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedWebhook {
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly payload: {
    readonly receiver: string;
    readonly status: string;
    readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
  };
}

/** Somebody who takes webhooks and keeps them. */
export async function openWebhookRecorder() {
  const received: RecordedWebhook[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    received.push({ atMs: Date.now(), headers: request.headers, text, payload: JSON.parse(text) });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    received,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    /** Waits up to 20 s until as many are there as are asked for. */
    async take(count: number, fits: (webhook: RecordedWebhook) => boolean): Promise<RecordedWebhook[]> {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const found = received.filter(fits);
        if (found.length >= count) return found;
        if (Date.now() > deadline) throw new Error(`not ${count} came: ${JSON.stringify(received)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
