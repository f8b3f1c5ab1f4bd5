import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCoreErp, type TestCoreErp } from "./start-core-erp.ts";

const id = randomUUID();

/** Every route with the permission it needs. */
const routes = [
  ["GET", "/api/customers", "customers.read"],
  ["GET", `/api/customers/${id}`, "customers.read"],
  ["POST", "/api/customers", "customers.write"],
  ["GET", "/api/items", "items.read"],
  ["GET", "/api/items/KT-1", "items.read"],
  ["POST", "/api/items", "items.write"],
  ["GET", "/api/stock", "stock.read"],
  ["GET", "/api/stock/KT-1/movements", "stock.read"],
  ["POST", "/api/stock/receipts", "stock.write"],
  ["POST", "/api/stock/adjustments", "stock.write"],
  ["GET", "/api/orders", "orders.read"],
  ["GET", `/api/orders/${id}`, "orders.read"],
  ["POST", "/api/orders", "orders.write"],
  ["POST", `/api/orders/${id}/confirm`, "orders.write"],
  ["POST", `/api/orders/${id}/cancel`, "orders.write"],
] as const;

describe("the doors of core-erp", () => {
  let erp: TestCoreErp;
  beforeAll(async () => {
    erp = await startCoreErp();
  });
  afterAll(() => erp[Symbol.asyncDispose]());

  // Red when: the access of any route is set to "public".
  it.each(routes)("%s %s is closed to strangers", async (method, path) => {
    const answer = await erp.request(method, path, { token: "" });
    expect(answer).toMatchObject({ status: 401, body: { code: "auth.token_missing" } });
  });

  // Red when: a route asks for the permission of another.
  it.each(routes)("%s %s opens with %s and nothing else", async (method, path, permission) => {
    const all = routes.map(([, , each]) => each);
    const others = await erp.token({ permissions: all.filter((each) => each !== permission) });
    const body = method === "GET" ? undefined : {};
    const refused = await erp.request(method, path, { token: others, body });
    expect(refused).toMatchObject({ status: 403, body: { code: "auth.forbidden", details: { permission } } });
    const only = await erp.token({ permissions: [permission] });
    const answer = await erp.request(method, path, { token: only, body });
    expect([200, 400, 404]).toContain(answer.status);
  });

  it("every route is described in the OpenAPI document", async () => {
    const { body } = await erp.request("GET", "/openapi.json");
    const described = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const templates = routes.map(([method, path]) =>
      `${method} ${path}`.replace(id, "{id}").replace("KT-1", "{sku}"),
    );
    expect(described).toEqual(expect.arrayContaining(templates));
    const business = described.filter((each) => each.includes("/api/"));
    expect(business).toHaveLength(routes.length);
  });
});
