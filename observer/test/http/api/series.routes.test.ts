import { afterAll, beforeAll, expect, it } from "vitest";
import { startPages } from "../pages/page-fixture.ts";
import { nowMs } from "../pages/page-samples.ts";
import { ruleOf, serviceOf } from "../pages/view-samples.ts";

let pages: Awaited<ReturnType<typeof startPages>>;

beforeAll(async () => {
  pages = await startPages({
    listRules: () => ({
      evaluatedAt: null,
      source: "stream",
      rules: [ruleOf(), ruleOf({ environment: "prod" })],
    }),
    listServices: () => [
      { ...serviceOf("core-erp"), routes: ["GET /api/orders"] },
      { ...serviceOf("shop"), environment: "prod", namespace: "north" },
      { ...serviceOf("shop"), environment: "test", namespace: "north" },
      { ...serviceOf("shop"), environment: "test", namespace: "south" },
    ],
  });
});
afterAll(() => pages[Symbol.asyncDispose]());

const ask = (question: Record<string, string>) =>
  pages.request(
    "get",
    `/api/v1/series?${new URLSearchParams({ signal: "serverLatencyP95", service: "core-erp", ...question })}`,
  );

it("answers one signal of one route with its unit and the limit on it", async () => {
  const { status, body } = await ask({ route: "GET /api/orders", from: "now-1m" });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    unit: "ms",
    step: 10,
    limits: [{ rule: "latencyP95MsMax", bound: "max", limit: 500 }],
  });
  expect(body.points).toHaveLength(7);
  expect(body.points.at(-1)).toEqual([nowMs / 1_000, 100]);
});

it("has no limit of another environment, route or signal", async () => {
  for (const other of [
    { route: "GET /x" },
    { signal: "serverLatencyP50", route: "GET /api/orders" },
    { service: "shop", environment: "prod", route: "GET /api/orders" },
  ] as const)
    expect((await ask(other)).body.limits).toEqual([]);
});

it("with a longer step keeps the highest value of each step", async () => {
  const { body } = await ask({ route: "GET /api/orders", from: "now-2m", step: "60" });
  const values = body.points.map(([, value]: [number, number]) => value);
  expect(values.at(-1)).toBe(100);
  expect(body.points.length).toBeLessThanOrEqual(3);
});

it("takes instants as well", async () => {
  const from = new Date(nowMs - 20_000).toISOString();
  const to = new Date(nowMs - 10_000).toISOString();
  expect((await ask({ route: "GET /api/orders", from, to })).body.points).toHaveLength(2);
});

// Red when: the environment and the namespace are taken for the shipped ones where they are left out.
it.each([
  [{ service: "core-erp" }],
  [{ service: "core-erp", environment: "default" }],
  [{ service: "shop", environment: "prod" }],
  [{ service: "shop", namespace: "south" }],
])("%j is enough where one service fits", async (question) => {
  const { status } = await ask({ route: "GET /api/orders", ...(question as Record<string, string>) });
  expect(status).toBe(200);
});

it.each([
  [{ service: "core-epr" }, 404, "series.unknown_service", "Did you mean core-erp?"],
  [{ service: "core-erp", environment: "prod" }, 404, "series.unknown_service", "environment default"],
  [{ service: "shop" }, 400, "series.ambiguous_service", "environment prod, namespace north;"],
  [{ service: "shop", environment: "test" }, 400, "series.ambiguous_service", "namespace south"],
  [{}, 400, "series.route_missing", "GET /api/orders"],
  [{ signal: "serverLatencyP59" }, 400, "request.invalid", "a signal of /api/v1/signals"],
])("%j is answered with what is missing", async (question, wanted, code, hint) => {
  const { status, body } = await ask(question as Record<string, string>);
  expect([status, body.code]).toEqual([wanted, code]);
  expect(body.detail).toContain(hint);
});

it.each([
  [{ signal: "secrets" }],
  [{ service: "" }],
  [{ from: "yesterday" }],
  [{ from: "now", to: "now-1h" }],
  [{ from: "9999-01-01T00:00:00Z" }],
  [{ step: "0" }],
  [{ step: "15" }],
  [{ step: "1e9" }],
])("%j is refused as a problem", async (question) => {
  const { status, body, headers } = await ask(question as Record<string, string>);
  expect(status).toBe(400);
  expect(headers.get("content-type")).toContain("application/problem+json");
  expect(body.code).toBeTypeOf("string");
});
