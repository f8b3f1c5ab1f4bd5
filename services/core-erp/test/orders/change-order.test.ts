import { randomUUID } from "node:crypto";
import { inTransaction, type Queryable } from "@kontor/kit/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBalances } from "../read-ledger.ts";
import { startCoreErp, type TestCoreErp } from "../start-core-erp.ts";

describe("confirming and cancelling an order", () => {
  let erp: TestCoreErp;
  let customerId: string;
  beforeAll(async () => {
    erp = await startCoreErp();
    customerId = await erp.createCustomer();
  });
  afterAll(() => erp[Symbol.asyncDispose]());

  async function place(): Promise<{ id: string; sku: string }> {
    const sku = await erp.createItem(10);
    const placed = await erp.placeOrder(customerId, [
      { sku, quantity: 3 },
      { sku, quantity: 1 },
    ]);
    return { id: placed.body.id, sku };
  }
  const confirm = (id: string) => erp.request("POST", `/api/orders/${id}/confirm`);
  const cancel = (id: string, body?: unknown) => erp.request("POST", `/api/orders/${id}/cancel`, { body });
  const stockOf = async (sku: string) => (await readBalances(erp.db)).get(sku);
  async function eventsOf(orderId: string): Promise<string[]> {
    const { rows } = await erp.db.query<{ name: string }>({
      text: "select name from core_erp.outbox where payload ->> 'orderId' = $1 order by position",
      values: [orderId],
    });
    return rows.map((row) => row.name);
  }

  /** Starts requests, lets them run into a lock on the stock until two of them wait, and then lets them go at once. */
  async function whileStockIsLocked<T>(start: () => Promise<T>[]): Promise<T[]> {
    const admin = erp.db.adminDatabase;
    const answers = await inTransaction(admin, async (tx) => {
      await tx.query({ text: "select from core_erp.stock_balances for update" });
      const started = Promise.all(start());
      await expect.poll(() => countWaiting(admin), { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
      return { started };
    });
    return answers.started;
  }

  async function countWaiting(admin: Queryable): Promise<number> {
    const { rows } = await admin.query<{ waiting: number }>({
      text: `select count(*) as waiting from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock'`,
    });
    return rows[0]?.waiting ?? 0;
  }

  it("confirming issues what was reserved", async () => {
    const { id, sku } = await place();
    const confirmed = await confirm(id);
    expect(confirmed).toMatchObject({ status: 200, body: { id, status: "confirmed", cancelledAt: null } });
    expect(confirmed.body.confirmedAt).toMatch(/Z$/);
    expect(await stockOf(sku)).toEqual({ onHand: 6, reserved: 0 });
    expect(await eventsOf(id)).toEqual(["orders.placed", "orders.confirmed"]);
  });

  it("cancelling frees what was reserved and keeps the reason", async () => {
    const { id, sku } = await place();
    const cancelled = await cancel(id, { reason: "ordered twice" });
    expect(cancelled).toMatchObject({
      status: 200,
      body: { status: "cancelled", cancelReason: "ordered twice", confirmedAt: null },
    });
    expect(await stockOf(sku)).toEqual({ onHand: 10, reserved: 0 });
    expect(await eventsOf(id)).toEqual(["orders.placed", "orders.cancelled"]);
  });

  it("cancelling needs neither a body nor a reason", async () => {
    const { id } = await place();
    expect(await cancel(id)).toMatchObject({ status: 200, body: { cancelReason: null } });
  });

  // Red when: lockOrderStatus loses its `for no key update`.
  it("asked twenty times at once, an order is confirmed once", async () => {
    const { id, sku } = await place();
    const answers = await whileStockIsLocked(() => Array.from({ length: 20 }, () => confirm(id)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(await stockOf(sku)).toEqual({ onHand: 6, reserved: 0 });
    expect(await eventsOf(id)).toEqual(["orders.placed", "orders.confirmed"]);
  });

  it("confirmed and cancelled at once, exactly one of them wins and the stock agrees", async () => {
    for (let round = 0; round < 10; round++) {
      const { id, sku } = await place();
      const answers = await whileStockIsLocked(() => [confirm(id), cancel(id)]);
      expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
      const { status } = (await erp.request("GET", `/api/orders/${id}`)).body;
      expect(await stockOf(sku)).toEqual({ onHand: status === "confirmed" ? 6 : 10, reserved: 0 });
      expect(await eventsOf(id)).toEqual(["orders.placed", `orders.${status}`]);
    }
  });

  it("a confirmed order cannot be cancelled, nor a cancelled one confirmed", async () => {
    const [first, second] = [await place(), await place()];
    await confirm(first.id);
    await cancel(second.id);
    expect(await cancel(first.id)).toMatchObject({ status: 409, body: { code: "orders.already_confirmed" } });
    expect(await confirm(second.id)).toMatchObject({
      status: 409,
      body: { code: "orders.already_cancelled" },
    });
  });

  it("an order that does not exist is 404, and no id of an order is 400", async () => {
    for (const answer of [
      await confirm(randomUUID()),
      await cancel(randomUUID()),
      await erp.request("GET", `/api/orders/${randomUUID()}`),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { code: "orders.not_found" } });
    }
    expect((await confirm("1")).status).toBe(400);
    expect((await cancel(randomUUID(), { reason: "x".repeat(501) })).status).toBe(400);
  });
});
