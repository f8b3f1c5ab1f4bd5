import type { Queryable } from "@kontor/kit/postgres";

export type StockState = { onHand: number; reserved: number };

/** On hand and reserved by SKU, as the balances say. */
export async function readBalances(db: Queryable): Promise<Map<string, StockState>> {
  const { rows } = await db.query<{ sku: string; on_hand: number; reserved: number }>({
    text: `select i.sku, b.on_hand, b.reserved
             from core_erp.stock_balances b join core_erp.items i on i.id = b.item_id order by i.sku`,
  });
  return new Map(rows.map((row) => [row.sku, { onHand: row.on_hand, reserved: row.reserved }]));
}

/** On hand and reserved by SKU, added up from the ledger by a rule of this test's own. */
export async function sumLedger(db: Queryable): Promise<Map<string, StockState>> {
  const { rows } = await db.query<{ sku: string; kind: string; quantity: number }>({
    text: `select i.sku, m.kind, m.quantity
             from core_erp.items i left join core_erp.stock_movements m on i.id = m.item_id order by i.sku, m.sequence`,
  });
  const sums = new Map<string, StockState>();
  for (const { sku, kind, quantity } of rows) {
    const sum = sums.get(sku) ?? { onHand: 0, reserved: 0 };
    if (kind === "receipt" || kind === "adjustment") sum.onHand += quantity;
    if (kind === "issue") sum.onHand -= quantity;
    if (kind === "reservation") sum.reserved += quantity;
    if (kind === "release" || kind === "issue") sum.reserved -= quantity;
    sums.set(sku, sum);
  }
  return sums;
}

/** Movements whose running balance or number does not follow from the one before; none in a sound ledger. */
export async function findBrokenChains(db: Queryable): Promise<unknown[]> {
  const { rows } = await db.query({
    text: `with chain as (
             select item_id, sequence, on_hand_after, reserved_after,
                    case when kind in ('receipt', 'adjustment') then quantity when kind = 'issue' then -quantity
                         else 0 end as on_hand_change,
                    case when kind = 'reservation' then quantity when kind in ('release', 'issue') then -quantity
                         else 0 end as reserved_change,
                    lag(sequence, 1, 0::bigint) over item as sequence_before,
                    lag(on_hand_after, 1, 0::bigint) over item as on_hand_before,
                    lag(reserved_after, 1, 0::bigint) over item as reserved_before
               from core_erp.stock_movements
             window item as (partition by item_id order by sequence))
           select * from chain
            where sequence <> sequence_before + 1
               or on_hand_after <> on_hand_before + on_hand_change
               or reserved_after <> reserved_before + reserved_change
               or on_hand_after < reserved_after or reserved_after < 0`,
  });
  return rows;
}
