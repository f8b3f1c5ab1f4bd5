import { createLogger } from "@kontor/kit/logger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDemoData } from "../../src/seed/demo-data.ts";
import { seedDemoData } from "../../src/seed.ts";
import { findBrokenChains, readBalances, sumLedger } from "../read-ledger.ts";
import { startCoreErp, type TestCoreErp } from "../start-core-erp.ts";

const now = new Date("2026-11-24T09:00:00Z");
const logger = createLogger({ service: "core-erp", level: "silent" });

describe("the demonstration data", () => {
  let erp: TestCoreErp;
  beforeAll(async () => {
    erp = await startCoreErp();
  });
  afterAll(() => erp[Symbol.asyncDispose]());

  async function count(table: string): Promise<number> {
    const { rows } = await erp.db.query<{ count: number }>({
      text: `select count(*) from core_erp.${table}`,
    });
    return rows[0]?.count ?? 0;
  }

  it("are the same for the same moment, and master data for every moment", () => {
    expect(createDemoData(now)).toEqual(createDemoData(now));
    const later = createDemoData(new Date("2027-01-01T00:00:00Z"));
    expect(later.items).toEqual(createDemoData(now).items);
    expect(later.customers).toEqual(createDemoData(now).customers);
  });

  // Red when: lockSeeding is not called.
  it("are there once, however many instances start at the same time, and come without events", async () => {
    const seeded = await Promise.all([1, 2, 3].map(() => seedDemoData(erp.db, now, logger)));
    expect(seeded.filter(Boolean)).toHaveLength(1);
    expect(await seedDemoData(erp.db, now, logger)).toBe(false);
    expect(await Promise.all(["customers", "items", "orders", "outbox"].map(count))).toEqual([
      200, 100, 2_000, 0,
    ]);
  });

  it("hold a sound ledger with plenty in stock", async () => {
    const balances = await readBalances(erp.db);
    expect(balances).toEqual(await sumLedger(erp.db));
    expect(await findBrokenChains(erp.db)).toEqual([]);
    for (const { onHand, reserved } of balances.values()) expect(onHand - reserved).toBeGreaterThan(90_000);
  });

  it("can be worked with: orders of every status in order of their numbers, and new ones on top", async () => {
    for (const status of ["placed", "confirmed", "cancelled"]) {
      const { body } = await erp.request("GET", `/api/orders?limit=20&status=${status}`);
      const numbers = body.orders.map((order: { number: string }) => order.number);
      expect(numbers).toEqual([...numbers].sort().reverse());
    }
    const { body } = await erp.request("GET", "/api/customers?search=keller%20holz");
    const placed = await erp.placeOrder(body.customers[0].id, [{ sku: "KT-0042", quantity: 5 }]);
    expect(placed).toMatchObject({ status: 201, body: { number: "SO-00002001" } });
  });
});
