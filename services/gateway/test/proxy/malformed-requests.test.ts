import { once } from "node:events";
import { connect } from "node:net";
import { createApp } from "@kontor/kit/http/create-app";
import { defineRoute } from "@kontor/kit/http/route";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { startGateway } from "../start-gateway.ts";

/** A service as ours are, the gateway in front of it, and a way to send it bytes that no client library would. */
async function start() {
  const seen: string[] = [];
  const order = defineRoute({
    ...{ method: "post", path: "/api/orders", summary: "Place", access: "public" },
    body: z.object({ pieces: z.number() }),
    responses: { 201: z.object({ pieces: z.number() }) },
    handle: async ({ body }) => body,
  });
  const service = await startApp(
    createApp({
      ...{ service: "orders", version: "1", logger: createLogger({ service: "orders", level: "silent" }) },
      ...{ routes: [order], health: [] },
      raw: (app) =>
        void app.use((req, _res, next) => {
          seen.push(`${req.method} ${req.url}`);
          next();
        }),
    }),
  );
  const gateway = await startGateway([service.url]);
  return {
    seen,
    async send(line: string, headers: readonly string[], body: string): Promise<string> {
      const socket = connect(gateway.port, "127.0.0.1").setEncoding("latin1");
      let answer = "";
      socket.on("data", (text: string) => {
        answer += text;
      });
      const own = ["Host: erp", `Authorization: Bearer ${gateway.token}`, "Content-Type: application/json"];
      socket.write(`${[`${line} HTTP/1.1`, ...own, ...headers].join("\r\n")}\r\n\r\n${body}`, "latin1");
      await once(socket, "close");
      return answer;
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

describe("a malformed request through the gateway", () => {
  const chunked = ["Transfer-Encoding: chunked"];
  it.each<[string, string, string[], string, RegExp]>([
    ["no gzip", "POST /api/orders", ["Content-Encoding: gzip", "Content-Length: 1"], "x", / 400 .*_body"/s],
    ["no zstd", "POST /api/orders", ["Content-Encoding: zstd", "Content-Length: 2"], "{}", / 400 .*_body"/s],
    ["two codings", "POST /api/orders", ["Content-Encoding: br, br", "Content-Length: 1"], "x", / 415 /],
    ["no charset", "POST /api/orders", ["Content-Length: 1"], "\xff", / 400 .*_json"/s],
    ["a chunk without a size", "POST /api/orders", chunked, "ZZ\r\n{}\r\n", / 400 .*_http"/s],
    ["a later chunk without one", "POST /api/orders", chunked, '2\r\n{"\r\nQQ\r\n', / 400 .*_http"/s],
    ["a broken path", "POST /api/orders/%zz", ["Content-Length: 0"], "", / 400 .*_path"/s],
    ["a method nobody has", "PURGE /api/orders", ["Content-Length: 0"], "", / 405 /],
  ])("with %s is never a failure of ours", async (_name, line, headers, body, expected) => {
    await using system = await start();
    const answer = await system.send(line, ["Connection: close", ...headers], body);
    expect(answer.slice(0, 12)).toMatch(/^HTTP\/1\.1 4/);
    expect(answer).toMatch(expected);
  });

  // Red when: toUpstreamHeaders does not set content-length itself.
  it.each(["GET", "DELETE", "POST"])("%s cannot smuggle a request past it in its body", async (method) => {
    await using system = await start();
    const smuggled = "POST /internal/faults HTTP/1.1\r\nHost: erp\r\n\r\n";
    const headers = ["Connection: close, content-length", `Content-Length: ${smuggled.length}`];
    await system.send(`${method} /api/orders`, headers, smuggled);
    expect(system.seen).toEqual([`${method} /api/orders`]);
  });
});
