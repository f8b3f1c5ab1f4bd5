import { createLogger } from "@kontor/kit/logger";
import type { Query, Queryable } from "@kontor/kit/postgres";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listCustomers } from "../../src/customers/customers.repo.ts";
import { listItems } from "../../src/items/items.repo.ts";
import { listOrders } from "../../src/orders/orders-read.repo.ts";
import { analyze } from "../../src/seed/seed.repo.ts";
import { seedDemoData } from "../../src/seed.ts";
import { listMovements, listStock } from "../../src/stock/stock.repo.ts";
import { migrations } from "../start-core-erp.ts";

const now = new Date("2026-11-24T09:00:00Z");

describe("a page of a list", () => {
  let db: TestDatabase;
  let ids: { customer: string; item: string };
  beforeAll(async () => {
    db = await openTestDatabase({ schema: "core_erp", migrations });
    await seedDemoData(db, now, createLogger({ service: "core-erp", level: "silent" }));
    // Grown far enough that reading a whole table is clearly the worse plan.
    await db.query({
      text: `insert into core_erp.orders (customer_id, total_cents, placed_by, placed_at)
             select customer_id, total_cents, 'test', placed_at - interval '1 day' * g
               from core_erp.orders, generate_series(1, 10) g`,
    });
    await db.query({
      text: `insert into core_erp.customers (name, email)
             select 'Customer ' || g, 'buyer@customer.example' from generate_series(1, 10000) g`,
    });
    await db.query({
      text: `insert into core_erp.items (sku, name, price_cents)
             select 'G-' || g, 'Grown ' || g, 1 from generate_series(1, 5000) g`,
    });
    await analyze(db);
    const { rows } = await db.query<{ customer: string; item: string }>({
      text: `select (select id from core_erp.customers limit 1) as customer, (select id from core_erp.items limit 1) as item`,
    });
    ids = rows[0] ?? { customer: "", item: "" };
  });
  afterAll(() => db[Symbol.asyncDispose]());

  /** The plan of the one statement that a repository function sends. */
  async function explain(ask: (spy: Queryable) => Promise<unknown>): Promise<string> {
    const asked: Query[] = [];
    const spy: Queryable = {
      query: async (query) => {
        asked.push(query);
        return { rows: [], rowCount: 0 };
      },
    };
    await ask(spy);
    expect(asked).toHaveLength(1);
    const [query] = asked;
    const { rows } = await db.query<{ "QUERY PLAN": string }>({
      text: `explain ${query?.text}`,
      ...(query?.values ? { values: query.values } : {}),
    });
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  }

  const limit = 51;
  const placed = "2026-11-01T00:00:00.000Z";

  // Red when: the index orders_placed_at, orders_status_placed_at or orders_customer_placed_at is dropped.
  it.each([
    ["all", "orders_placed_at", () => ({ limit })],
    [
      "a later page",
      "orders_placed_at",
      () => ({ limit, after: [placed, ids.customer] as [string, string] }),
    ],
    ["one status", "orders_status_placed_at", () => ({ limit, status: "cancelled" as const })],
    ["one customer", "orders_customer_placed_at", () => ({ limit, customerId: ids.customer })],
  ])("of orders (%s) walks the index %s and sorts nothing", async (_, index, page) => {
    const plan = await explain((spy) => listOrders(spy, page()));
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan on orders|Seq Scan on order_lines/);
    expect(plan).toMatch(/order_lines_pkey/);
  });

  it("of movements walks the primary key backwards", async () => {
    const plan = await explain((spy) => listMovements(spy, ids.item, { limit }));
    expect(plan).toContain("Index Scan Backward using stock_movements_pkey");
    expect(plan).not.toContain("Sort");
  });

  it.each([
    ["customers", "customers_name", (spy: Queryable) => listCustomers(spy, { limit })],
    ["items", "items_sku_unique", (spy: Queryable) => listItems(spy, { limit })],
    ["stock", "items_sku_unique", (spy: Queryable) => listStock(spy, { limit })],
  ])("of %s walks the index %s and sorts nothing", async (_, index, ask) => {
    const plan = await explain(ask);
    expect(plan).toContain(index);
    expect(plan).not.toContain("Sort");
  });

  // Red when: the index of words is dropped, or search_words is no longer immutable.
  it.each([
    [
      "customers",
      "customers_search",
      (spy: Queryable) => listCustomers(spy, { limit, search: "keller holz" }),
    ],
    ["items", "items_search", (spy: Queryable) => listItems(spy, { limit, search: "kugel m10" })],
  ])("of a search for %s asks the index of words %s", async (_, index, ask) => {
    expect(await explain(ask)).toContain(index);
  });
});
