import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createApp } from "../../src/http/create-app.ts";
import { defineRoute } from "../../src/http/route.ts";
import { createLogger } from "../../src/logger.ts";
import { startApp } from "../../src/testing/http-client.ts";

const route = (path: string, query?: z.ZodObject) =>
  defineRoute({
    ...{ method: "get", path, summary: "Answers", access: "public", responses: { 200: z.object({}) } },
    ...(query === undefined ? {} : { query }),
    handle: async () => ({}),
  });

async function ask(path: string) {
  const routes = [
    route("/strict", z.object({ service: z.string().optional(), limit: z.coerce.number().default(1) })),
    route("/none"),
    route("/loose", z.looseObject({ active: z.enum(["true", "false"]).optional() })),
  ];
  const logger = createLogger({ service: "test", level: "silent" });
  await using api = await startApp(createApp({ service: "test", version: "1", logger, health: [], routes }));
  return await api.request("get", path);
}

// Red when: `parseInput` leaves unknown parameters to the schemas, which pass over them.
describe("a query parameter that a route does not take", () => {
  it.each([
    ["/strict?sevice=core", "query.sevice", "no such parameter; did you mean service?"],
    ["/strict?xyzxyz=1", "query.xyzxyz", "no such parameter; there are service, limit"],
    ["/strict?__proto__=1", "query.__proto__", "no such parameter; there are service, limit"],
    ["/none?service=core", "query.service", "this route takes no parameters"],
  ])("%s is refused", async (path, name, message) => {
    const { status, body } = await ask(path);
    expect([status, body.code]).toEqual([400, "request.invalid"]);
    expect(body.errors).toEqual([{ path: name, message }]);
  });

  it("is named beside every other mistake", async () => {
    const { body } = await ask("/strict?sevice=core&limit=many");
    expect(body.errors.map(({ path }: { path: string }) => path)).toEqual(["query.limit", "query.sevice"]);
  });

  it.each(["/strict?service=a&limit=2", "/strict", "/none", "/loose?filter=a&filter=b&active=true"])(
    "%s has none, or is of a protocol that allows them",
    async (path) => {
      expect((await ask(path)).status).toBe(200);
    },
  );
});
