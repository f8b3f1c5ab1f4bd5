import type { Queryable } from "@kontor/kit/postgres";

/** Every balance, in the order in which everybody locks them: whoever wants to move stock waits for the end of this transaction. */
export async function lockAllBalances(tx: Queryable): Promise<void> {
  await tx.query({
    name: "stock.lock_all_balances",
    text: `select item_id from core_erp.stock_balances order by item_id for no key update`,
  });
}
