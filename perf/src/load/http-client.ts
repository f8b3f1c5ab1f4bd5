import { Agent, request } from "node:http";

export type HttpRequest = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
};

/** Status 0 stands for no answer: refused, cut or late. */
export type HttpAnswer = { status: number; body: string };

export type HttpClient = Disposable & { send(request: HttpRequest): Promise<HttpAnswer> };

/**
 * Plain HTTP/1.1 on kept connections, with as little work of our own per request as can be: it runs beside what it
 * measures.
 *
 * @param baseUrl `http://host:port`
 */
export function openHttpClient(baseUrl: string, options: { timeoutMs: number }): HttpClient {
  const { hostname, port } = new URL(baseUrl);
  const agent = new Agent({ keepAlive: true, maxSockets: 512, scheduling: "fifo" });
  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve) => {
        const lost = () => resolve({ status: 0, body: "" });
        const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
        const outgoing = request(
          {
            agent,
            hostname,
            port,
            method,
            path,
            headers: { ...headers, ...length },
            timeout: options.timeoutMs,
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () =>
              resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
            );
            response.on("error", lost);
          },
        );
        outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
        outgoing.on("error", lost);
        outgoing.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
