import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createApp } from "../../src/http/create-app.ts";
import { findNul } from "../../src/http/find-nul.ts";
import { defineRoute } from "../../src/http/route.ts";
import { createLogger } from "../../src/logger.ts";
import { startApp } from "../../src/testing/http-client.ts";

function startEcho() {
  const echo = defineRoute({
    method: "post",
    path: "/echo/:name",
    summary: "Answers",
    access: "public",
    params: z.object({ name: z.string() }),
    query: z.object({ note: z.string().optional() }),
    body: z.record(z.string(), z.unknown()),
    responses: { 200: z.object({}) },
    handle: async () => ({}),
  });
  const logger = createLogger({ service: "test", level: "silent" });
  return startApp(createApp({ service: "test", version: "1", logger, health: [], routes: [echo] }));
}

describe("the character NUL, which no database takes", () => {
  // Red when: `parseInput` does not look for it; a route without a rule against it hands it to the database, which is answered 500.
  it("is refused in a body, with the place of every text that holds it", async () => {
    await using api = await startEcho();
    const body = { a: "x\u0000", b: [{ c: "\u0000" }], "d\u0000": 1, fine: "\\u0000" };
    const answer = await api.request("POST", "/echo/x", { body });
    expect(answer).toMatchObject({ status: 400, body: { code: "request.invalid" } });
    expect(answer.body.errors.map((each: { path: string }) => each.path).sort()).toEqual([
      "body",
      "body.a",
      "body.b.0.c",
    ]);
  });

  // Red when: createApp does not look at the address before the raw handlers, which read it without a schema.
  it.each(["/echo/a%00", "/echo/a?note=%00", "/elsewhere%00"])(
    "is refused in the address %s",
    async (path) => {
      await using api = await startEcho();
      const answer = await api.request("POST", path, { body: {} });
      expect(answer).toMatchObject({ status: 400, body: { code: "request.malformed_path" } });
    },
  );

  it("is not what %2500 stands for", async () => {
    await using api = await startEcho();
    expect((await api.request("POST", "/echo/a%2500?note=%2500", { body: {} })).status).toBe(200);
  });

  it("is looked for at any depth without running out of stack", () => {
    let deep: unknown = "\u0000";
    for (let depth = 0; depth < 20_000; depth++) deep = [deep];
    expect(findNul("body", deep)).toHaveLength(1);
  });
});
