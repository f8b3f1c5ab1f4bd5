import { randomUUID } from "node:crypto";
import { createAuthenticate } from "@kontor/kit/http/authenticate";
import { createLogger } from "@kontor/kit/logger";
import { describeDatabaseOutage } from "@kontor/kit/testing/describe-database-outage";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { createTestIssuer, type TestIssuer } from "@kontor/kit/testing/tokens";
import { afterAll, beforeAll } from "vitest";
import { createCoreErpApp } from "../src/app.ts";
import { createFaults } from "../src/faults/faults.ts";
import { migrations } from "./start-core-erp.ts";

const resources = new AsyncDisposableStack();
let database: TestDatabase;
let issuer: TestIssuer;
beforeAll(async () => {
  database = resources.use(await openTestDatabase({ schema: "core_erp", migrations }));
  issuer = resources.use(await createTestIssuer());
});
afterAll(() => resources.disposeAsync());

const rooms = ["customers", "items", "stock", "orders"];

describeDatabaseOutage(
  "core-erp",
  () => database.options,
  async (db) => {
    const logger = createLogger({ service: "core-erp", level: "silent" });
    const faults = createFaults(db, logger, { enabled: false });
    const authenticate = createAuthenticate(issuer);
    const permissions = rooms.flatMap((room) => [`${room}.read`, `${room}.write`]);
    const token = await issuer.token({ permissions });
    const get = (path: string) => ({ method: "GET", path, token });
    const post = (path: string, body: object) => {
      const headers = { "idempotency-key": randomUUID() };
      return { method: "POST", path, token, body, headers };
    };
    const id = randomUUID();
    return {
      app: createCoreErpApp({ version: "1", db, logger, authenticate, health: [], faults }),
      requests: [
        ...["/api/customers", "/api/items", "/api/stock", "/api/orders"].map(get),
        ...[`/api/orders/${id}`, `/api/customers/${id}`, "/api/items/KT-1"].map(get),
        post("/api/customers", { name: "Buyer", email: "buyer@customer.example" }),
        post("/api/orders", { customerId: id, lines: [{ sku: "KT-1", quantity: 1 }] }),
        post(`/api/orders/${id}/confirm`, {}),
        post("/api/stock/receipts", { sku: "KT-1", quantity: 1 }),
      ],
    };
  },
);
