import { afterAll, beforeAll, expect, it } from "vitest";
import { ruleOf, startPages } from "../pages/page-fixture.ts";
import { nowMs } from "../pages/page-samples.ts";

let pages: Awaited<ReturnType<typeof startPages>>;

beforeAll(async () => {
  pages = await startPages({
    listRules: () => ({
      evaluatedAt: null,
      source: "stream",
      rules: [ruleOf(), ruleOf({ environment: "prod" })],
    }),
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
    { environment: "test" },
    { signal: "serverLatencyP50" },
    {},
  ] as const)
    expect((await ask({ ...(other as Record<string, string>) })).body.limits).toEqual([]);
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
