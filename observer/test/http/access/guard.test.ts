import { createApp } from "@kontor/kit/http/create-app";
import { defineRoute } from "@kontor/kit/http/route";
import { createLogger } from "@kontor/kit/logger";
import { startApp, type TestRequest } from "@kontor/kit/testing/http-client";
import type { AccessToken } from "@kontor/observer/http/access/access-tokens";
import { actorOf, createAccessGuard } from "@kontor/observer/http/access/guard";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const reader: AccessToken = { name: "reader", token: "reader-0123456789", permissions: ["read"] };
const silencer: AccessToken = {
  name: "on call",
  token: "silencer-0123456789",
  permissions: ["read", "silence", "acknowledge"],
};
const robot: AccessToken = { name: "robot", token: "robot-0123456789ab", permissions: ["write"] };

const changes = [
  ["post", "/api/v2/silences"],
  ["delete", "/api/v2/silence/:id"],
  ["post", "/api/v1/findings/:fingerprint/acknowledge"],
  ["post", "/api/v1/deployments"],
] as const;

function open(tokens: readonly AccessToken[] | undefined) {
  const answer = z.object({ actor: z.string().nullable() });
  const paths = [["get", "/api/v1/alerts"] as const, ...changes];
  return startApp(
    createApp({
      service: "observer",
      version: "1",
      logger: createLogger({ service: "observer", level: "silent" }),
      health: [],
      raw: (app) =>
        void app
          .use(createAccessGuard(tokens, "https://observer.example"))
          .get("/traces", (_, response) => void response.send("page")),
      routes: paths.map(([method, path]) =>
        defineRoute({
          ...{ method, path, summary: "", access: "public", responses: { 200: answer } },
          handle: async ({ res }) => ({ actor: actorOf(res) ?? null }),
        }),
      ),
    }),
  );
}

let guarded: Awaited<ReturnType<typeof open>>;
let unguarded: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  guarded = await open([reader, silencer, robot]);
  unguarded = await open(undefined);
});
afterAll(async () => {
  await guarded[Symbol.asyncDispose]();
  await unguarded[Symbol.asyncDispose]();
});

const basic = (name: string, password: string): TestRequest => ({
  headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` },
});

describe("with a tokens file", () => {
  // Red when: the guard is mounted behind the pages, or passes a request without a token.
  it.each(["/api/v1/alerts", "/traces", "/nothing/here"])(
    "%s is not answered without a token",
    async (path) => {
      const { status, body, headers } = await guarded.request("get", path);
      expect([status, body.code]).toEqual([401, "access.token_missing"]);
      expect(headers.get("content-type")).toContain("application/problem+json");
      // Without Basic among the challenges no browser would ask for a password.
      expect(headers.get("www-authenticate")).toMatch(/^Bearer .*Basic /);
    },
  );

  it.each(["Bearer", "Basic", "Bearer wrong-0123456789abc", "Basic !!!!", "Digest abc", "Bearer a b"])(
    "%s is no token",
    async (authorization) => {
      const { status, body } = await guarded.request("get", "/traces", { headers: { authorization } });
      expect(status).toBe(401);
      expect(body.code).toMatch(/^access\.token_(missing|unknown)$/);
    },
  );

  it("a token is taken as Bearer and as the password of Basic, under any name", async () => {
    const bearer = await guarded.request("get", "/api/v1/alerts", { token: reader.token });
    expect([bearer.status, bearer.body]).toEqual([200, { actor: "reader" }]);
    for (const name of ["", "anybody"]) {
      expect((await guarded.request("get", "/traces", basic(name, reader.token))).body).toBe("page");
    }
  });

  it("health pages are open, for probes", async () => {
    expect((await guarded.request("get", "/health/live")).status).toBe(200);
  });

  // Red when: `toPermission` falls back to `read`, or a row of `changes` names another permission.
  it.each([
    ["reader", reader, [403, 403, 403, 403]],
    ["on call", silencer, [200, 200, 200, 403]],
    ["robot", robot, [403, 403, 403, 200]],
  ])("%s may change only what its permissions name", async (name, { token }, statuses) => {
    const answers = await Promise.all(
      changes.map(([method, path]) => guarded.request(method, path, { token })),
    );
    expect(answers.map(({ status }) => status)).toEqual(statuses);
    for (const { status, body } of answers) {
      if (status === 200) expect(body).toEqual({ actor: name });
      else expect(body.code).toBe("access.not_permitted");
    }
  });

  it("a token that may only write does not read", async () => {
    const { status, body } = await guarded.request("get", "/traces", { token: robot.token });
    expect([status, body.details]).toEqual([403, { permission: "read" }]);
  });
});

describe("without a tokens file", () => {
  it("everything is open and nobody is named", async () => {
    expect((await unguarded.request("post", "/api/v1/deployments")).body).toEqual({ actor: null });
  });

  // Red when: `refuseForeignOrigin` is not called for changes.
  it.each([
    ["https://elsewhere.example", 403],
    ["null", 403],
    ["https://observer.example", 200],
    [undefined, 200],
  ])("a change asked by a page of %s is answered %s", async (origin, status) => {
    const headers: Record<string, string> = origin === undefined ? {} : { origin };
    expect((await unguarded.request("post", "/api/v1/deployments", { headers })).status).toBe(status);
  });

  it("a page of the observer's own address may change things", async () => {
    const headers = { origin: unguarded.url };
    expect((await unguarded.request("post", "/api/v2/silences", { headers })).status).toBe(200);
  });
});
