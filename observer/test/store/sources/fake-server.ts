import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP server that answers as it is told and keeps what it was asked. */
export async function openFakeServer(
  answer: (response: ServerResponse, request: IncomingMessage, body: string) => void,
) {
  const requests: {
    readonly url: string;
    readonly body: string;
    readonly headers: IncomingMessage["headers"];
  }[] = [];
  let now = answer;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    requests.push({ url: request.url ?? "", body, headers: request.headers });
    now(response, request, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerWith(next: typeof answer): void {
      now = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
