import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** Stands where an observer would and keeps what comes, as it came. */
export type OtlpRecorder = AsyncDisposable & {
  url: string;
  /** Everything of one signal so far, in one text. */
  received(signal: "traces" | "metrics" | "logs"): string;
  /** From now on every request is answered with this status. */
  answer(status: number): void;
};

export async function startOtlpRecorder(): Promise<OtlpRecorder> {
  const bodies = new Map<string, string[]>();
  let status = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
    const path = request.url ?? "";
    if (status === 200) bodies.set(path, [...(bodies.get(path) ?? []), text]);
    const type = request.headers["content-type"] ?? "application/json";
    response.writeHead(status, { "content-type": type }).end(type === "application/json" ? "{}" : "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: (signal) => (bodies.get(`/v1/${signal}`) ?? []).join("\n"),
    answer: (next) => {
      status = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
