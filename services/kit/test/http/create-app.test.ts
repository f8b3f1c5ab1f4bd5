import { connect } from "node:net";
import { Writable } from "node:stream";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { AppError } from "../../src/errors.ts";
import { createAuthenticate } from "../../src/http/authenticate.ts";
import { createApp } from "../../src/http/create-app.ts";
import { problemSchema } from "../../src/http/problem.ts";
import { defineRoute, Reply } from "../../src/http/route.ts";
import { createLogger } from "../../src/logger.ts";
import { startApp } from "../../src/testing/http-client.ts";
import { createTestIssuer } from "../../src/testing/tokens.ts";

const silent = createLogger({ service: "test", level: "silent" });
const sum = z.object({ sum: z.number() });

const addRoute = defineRoute({
  method: "post",
  path: "/api/sums/:first",
  summary: "Add",
  access: { permission: "sums.write" },
  params: z.object({ first: z.coerce.number().int() }),
  query: z.object({ scale: z.coerce.number().default(1) }),
  body: z.strictObject({ second: z.number(), third: z.number().optional() }),
  headers: z.object({ "x-factor": z.coerce.number().optional() }),
  bodyLimitBytes: 200,
  responses: { 201: sum },
  handle: async ({ params, query, body, headers }) => {
    const total = (params.first + body.second) * query.scale * (headers["x-factor"] ?? 1);
    return { sum: total, passwordHash: "not in the contract" };
  },
});

const openRoutes = [
  defineRoute({
    method: "get",
    path: "/api/bug",
    summary: "Throws",
    access: "public",
    responses: { 200: sum },
    handle: async () => {
      throw new TypeError("secret of the database");
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/broken-contract",
    summary: "Answers what it did not promise",
    access: "public",
    responses: { 200: sum },
    handle: async () => ({ sum: "two" }) as unknown as { sum: number },
  }),
  defineRoute({
    method: "get",
    path: "/api/full",
    summary: "Refuses",
    access: "public",
    responses: { 200: sum },
    handle: async () => {
      const options = { retryAfterSeconds: 1.2, details: { waiting: 7 } };
      throw new AppError("unavailable", "sums.full", "Come back later.", options);
    },
  }),
  defineRoute({
    method: "delete",
    path: "/api/sums/:first",
    summary: "Forget",
    access: "public",
    responses: { 204: z.void() },
    handle: async () => new Reply(204, undefined, { "X-Forgotten": "1" }),
  }),
];

async function start() {
  const issuer = await createTestIssuer();
  const authenticate = createAuthenticate(issuer);
  const routes = [addRoute, ...openRoutes];
  const app = createApp({ service: "test", version: "1", logger: silent, routes, health: [], authenticate });
  const client = await startApp(app);
  return {
    client,
    token: await issuer.token({ permissions: ["sums.write"] }),
    weakToken: await issuer.token({ permissions: ["sums.read"] }),
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

describe("createApp", () => {
  it("hands the handler validated values and sends only what the response schema names", async () => {
    await using app = await start();
    const answer = await app.client.request("POST", "/api/sums/2?scale=10", {
      token: app.token,
      body: { second: 3 },
      headers: { "X-Factor": "2" },
    });
    expect(answer).toMatchObject({ status: 201, body: { sum: 100 } });
    expect(answer.body).not.toHaveProperty("passwordHash");
  });

  it("lists every invalid value of params, query and body at once", async () => {
    await using app = await start();
    const answer = await app.client.request("POST", "/api/sums/x?scale=y", {
      token: app.token,
      body: { second: "3", extra: 1 },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((each: { path: string }) => each.path)).toEqual([
      "params.first",
      "query.scale",
      "body.second",
      "body",
    ]);
  });

  it("a caller without permission learns nothing about the shape of the route", async () => {
    await using app = await start();
    const answer = await app.client.request("POST", "/api/sums/x", { token: app.weakToken, body: "{" });
    expect(answer).toMatchObject({
      status: 403,
      body: { code: "auth.forbidden", details: { permission: "sums.write" } },
    });
  });

  const failures: [string, string, string, number, string, (app: { token: string }) => object][] = [
    [
      "malformed JSON",
      "POST",
      "/api/sums/1",
      400,
      "request.malformed_json",
      ({ token }) => ({ token, body: "{" }),
    ],
    ["no body", "POST", "/api/sums/1", 400, "request.invalid", ({ token }) => ({ token })],
    [
      "a body over the limit of its route",
      "POST",
      "/api/sums/1",
      413,
      "request.too_large",
      ({ token }) => ({ token, body: { second: 1, pad: "x".repeat(300) } }),
    ],
    [
      "a body of another type",
      "POST",
      "/api/sums/1",
      415,
      "request.not_json",
      ({ token }) => ({ token, body: "a=1", headers: { "content-type": "text/plain" } }),
    ],
    [
      "an unknown content encoding",
      "POST",
      "/api/sums/1",
      415,
      "request.unsupported_encoding",
      ({ token }) => ({ token, body: {}, headers: { "content-encoding": "lzma" } }),
    ],
    ["no token", "POST", "/api/sums/1", 401, "auth.token_missing", () => ({ body: { second: 1 } })],
    ["an unknown path", "GET", "/api/nothing?secret=1", 404, "request.unknown_path", () => ({})],
    [
      "a path that is not percent-encoding",
      "DELETE",
      "/api/sums/%zz",
      400,
      "request.malformed_path",
      () => ({}),
    ],
    ["a method the path has not", "PUT", "/api/sums/1", 405, "request.method_not_allowed", () => ({})],
    ["an expected failure", "GET", "/api/full", 503, "sums.full", () => ({})],
    ["a bug", "GET", "/api/bug", 500, "internal", () => ({})],
    ["a broken response contract", "GET", "/api/broken-contract", 500, "internal", () => ({})],
  ];
  it.each(failures)(
    "%s is a problem with code and trace id",
    async (_name, method, path, status, code, options) => {
      await using app = await start();
      const answer = await app.client.request(method, path, options(app));
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      expect(problemSchema.parse(answer.body)).toMatchObject({ status, code, instance: path.split("?")[0] });
      expect(answer.body.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(answer.status).toBe(status);
    },
  );

  // Red when: toUnreadableBody answers undefined in its default.
  it.each(["gzip", "GZIP", "deflate", "br", "zstd"])(
    "a body that is not the %s it says to be is the caller's mistake",
    async (encoding) => {
      await using app = await start();
      for (const body of ["x", "{}", "\u001f\u008b\u0008"]) {
        const headers = { "content-encoding": encoding };
        const answer = await app.client.request("POST", "/api/sums/1", { token: app.token, body, headers });
        expect([answer.status, answer.body.code]).toEqual([400, "request.malformed_body"]);
      }
    },
  );

  // Red when: the body parser is strict.
  it.each(["null", '"x"', "7", "[]"])("%s is JSON, but not what the route wants", async (body) => {
    await using app = await start();
    const answer = await app.client.request("POST", "/api/sums/1", { token: app.token, body });
    expect([answer.status, answer.body.code]).toEqual([400, "request.invalid"]);
    expect(answer.body.errors).toMatchObject([{ path: "body" }]);
  });

  it("takes a body in every content encoding that docs/errors.md names", async () => {
    await using app = await start();
    const plain = JSON.stringify({ second: 3 });
    const packed = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };
    for (const [encoding, pack] of Object.entries(packed)) {
      const answer = await fetch(`${app.client.url}/api/sums/2`, {
        ...{ method: "POST", body: new Uint8Array(pack(plain)) },
        headers: {
          ...{ authorization: `Bearer ${app.token}`, "content-type": "application/json" },
          "content-encoding": encoding,
        },
      });
      expect([encoding, answer.status]).toEqual([encoding, 201]);
    }
  });

  it("names the possible methods of a path, on 405 and on OPTIONS", async () => {
    await using app = await start();
    expect((await app.client.request("PUT", "/api/sums/1")).headers.get("allow")).toBe(
      "POST, DELETE, OPTIONS",
    );
    const options = await app.client.request("OPTIONS", "/api/full");
    expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
  });

  it("rounds Retry-After up to whole seconds and shows details", async () => {
    await using app = await start();
    const answer = await app.client.request("GET", "/api/full");
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(answer.body.details).toEqual({ waiting: 7 });
  });

  it("a reply may have a status without a body and headers of its own", async () => {
    await using app = await start();
    const answer = await app.client.request("DELETE", "/api/sums/1");
    expect([answer.status, answer.body, answer.headers.get("x-forgotten")]).toEqual([204, undefined, "1"]);
  });

  // Red when: sendProblem puts the message of an unknown error into `detail`.
  it("a bug is told to the log with its stack and trace id, and to the client not at all", async () => {
    let log = "";
    const sink = new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        done();
      },
    });
    const app = createApp({
      service: "test",
      version: "1",
      logger: pino(sink),
      routes: openRoutes,
      health: [],
    });
    await using client = await startApp(app);
    const answer = await client.request("GET", "/api/bug");
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(log).toContain("secret of the database");
    expect(log).toContain(answer.body.traceId);
  });

  it("takes the caller's trace id where nothing is traced here", async () => {
    await using app = await start();
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    expect((await app.client.request("GET", "/nothing", { headers })).body.traceId).toBe(traceId);
  });

  // Red when: createApp serves a route without access when it has no authenticate.
  it("refuses to be built with a route that needs a caller and no way to know one", () => {
    const options = { service: "test", version: "1", logger: silent, routes: [addRoute], health: [] };
    expect(() => createApp(options)).toThrow(/needs a caller/);
  });

  it("aborts the handler's signal when the client goes away", async () => {
    const seen = Promise.withResolvers<string>();
    const arrived = Promise.withResolvers<void>();
    const route = defineRoute({
      method: "get",
      path: "/wait",
      summary: "Waits for ever",
      access: "public",
      responses: { 200: sum },
      handle: ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            seen.resolve(String(signal.reason));
            reject(signal.reason);
          });
          arrived.resolve();
        }),
    });
    await using client = await startApp(
      createApp({ service: "test", version: "1", logger: silent, routes: [route], health: [] }),
    );
    const socket = connect(client.port, "127.0.0.1");
    socket.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    await arrived.promise;
    socket.destroy();
    expect(await seen.promise).toContain("the client went away");
  });
});
