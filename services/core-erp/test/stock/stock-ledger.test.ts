import { readSqlState } from "@kontor/kit/postgres";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrations } from "../start-core-erp.ts";

describe("the stock ledger, as the database guards it", () => {
  let db: TestDatabase;
  let itemId: string;

  beforeAll(async () => {
    db = await openTestDatabase({ schema: "core_erp", migrations });
    const { rows } = await db.query<{ id: string }>({
      text: `insert into core_erp.items (sku, name, price_cents) values ('A', 'a', 1) returning id`,
    });
    itemId = rows[0]?.id ?? "";
    await append("receipt", 10);
  });
  afterAll(() => db[Symbol.asyncDispose]());

  async function append(kind: string, quantity: number): Promise<void> {
    await db.query({
      text: `insert into core_erp.stock_movements (item_id, kind, quantity, caused_by) values ($1, $2, $3, 'test')`,
      values: [itemId, kind, quantity],
    });
  }

  async function stateOf(text: string): Promise<string | undefined> {
    return db.query({ text }).then(
      () => undefined,
      (error: unknown) => readSqlState(error),
    );
  }

  // Red when: the trigger stock_movements_append_only is left out of the migration.
  it.each([
    "update core_erp.stock_movements set quantity = 11",
    "update core_erp.stock_movements set note = 'x' where false",
    "delete from core_erp.stock_movements",
    "truncate core_erp.stock_movements",
  ])("refuses to rewrite history: %s", async (text) => {
    expect(await stateOf(text)).toBe("23001");
  });

  // Red when: the trigger stock_balances_follow_ledger is left out of the migration.
  it.each([
    "update core_erp.stock_balances set on_hand = 99",
    "delete from core_erp.stock_balances",
    "insert into core_erp.stock_balances (item_id) values (gen_random_uuid())",
  ])("refuses a balance that does not come from a movement: %s", async (text) => {
    expect(await stateOf(text)).toBe("23001");
  });

  // Red when: the constraint stock_balances_available_not_negative is left out of the migration.
  it("refuses a movement that would take more than is available", async () => {
    await expect(append("adjustment", -11)).rejects.toMatchObject({
      constraint: "stock_balances_available_not_negative",
    });
  });

  it("refuses a reservation that names no order line, and an issue of nothing", async () => {
    await expect(append("reservation", 1)).rejects.toMatchObject({ constraint: "stock_movements_order" });
    await expect(append("receipt", -1)).rejects.toMatchObject({ constraint: "stock_movements_sign" });
    await expect(append("receipt", 0)).rejects.toMatchObject({ code: "23514" });
  });

  it("overwrites a forged number or balance of a movement", async () => {
    const { rows } = await db.query({
      text: `insert into core_erp.stock_movements
                    (item_id, sequence, kind, quantity, on_hand_after, reserved_after, caused_by)
             values ($1, 77, 'receipt', 1, 777, 777, 'test')
             returning sequence, on_hand_after, reserved_after`,
      values: [itemId],
    });
    expect(rows).toEqual([{ sequence: 2, on_hand_after: 11, reserved_after: 0 }]);
  });
});
