import { randomUUID } from "node:crypto";
import { createAuthenticate } from "@kontor/kit/http/authenticate";
import { createLogger } from "@kontor/kit/logger";
import { startApp, type TestRequest, type TestResponse } from "@kontor/kit/testing/http-client";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { createTestIssuer } from "@kontor/kit/testing/tokens";
import { createCoreErpApp } from "../src/app.ts";
import { createFaults, type Faults } from "../src/faults/faults.ts";

export const migrations = new URL("../migrations/", import.meta.url);

const everything = ["customers", "items", "stock", "orders"].flatMap((room) => [
  `${room}.read`,
  `${room}.write`,
]);

export type TestCoreErp = AsyncDisposable & {
  db: TestDatabase;
  faults: Faults;
  /** With every permission unless `token` is given; `token: ""` sends none. */
  request(method: string, path: string, options?: TestRequest): Promise<TestResponse>;
  token(options: { userId?: string; permissions?: string[] }): Promise<string>;
  /** A customer, an item of that many pieces, an order: each new. */
  createCustomer(name?: string): Promise<string>;
  createItem(pieces: number, priceCents?: number): Promise<string>;
  placeOrder(
    customerId: string,
    lines: { sku: string; quantity: number }[],
    key?: string,
  ): Promise<TestResponse>;
};

/** The real service on a free port over a database of its own. */
export async function startCoreErp(options = { faultsEnabled: true }): Promise<TestCoreErp> {
  const db = await openTestDatabase({ schema: "core_erp", migrations });
  const issuer = await createTestIssuer();
  const logger = createLogger({ service: "core-erp", level: "silent" });
  const faults = createFaults(db, logger, { enabled: options.faultsEnabled });
  const authenticate = createAuthenticate(issuer);
  const app = createCoreErpApp({ version: "1.0.0", db, logger, authenticate, health: [], faults });
  const server = await startApp(app);
  const permitted = await issuer.token({ permissions: everything });
  let count = 0;
  const request: TestCoreErp["request"] = (method, path, { token = permitted, ...options } = {}) =>
    server.request(method, path, token === "" ? options : { ...options, token });
  return {
    db,
    faults,
    request,
    token: (options) => issuer.token({ permissions: everything, ...options }),
    async createCustomer(name = `Customer ${++count}`) {
      return (await request("POST", "/api/customers", { body: { name, email: "buyer@customer.example" } }))
        .body.id;
    },
    async createItem(pieces, priceCents = 250) {
      const sku = `ITEM-${++count}`;
      await request("POST", "/api/items", { body: { sku, name: `Item ${count}`, priceCents } });
      if (pieces > 0) await request("POST", "/api/stock/receipts", { body: { sku, quantity: pieces } });
      return sku;
    },
    placeOrder: (customerId, lines, key = randomUUID()) =>
      request("POST", "/api/orders", { body: { customerId, lines }, headers: { "idempotency-key": key } }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      faults[Symbol.dispose]();
      await issuer[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}
