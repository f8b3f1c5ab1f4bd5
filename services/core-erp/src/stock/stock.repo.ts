import type { Queryable } from "@kontor/kit/postgres";
import type { ItemPosition } from "../items/items.schema.ts";
import type { Movement, MovementKind, MovementPosition, StockLevel } from "./stock.schema.ts";

/** How much of an item may still be promised. */
export type Balance = { itemId: string; available: number };

/** A movement to append. `order` names the line that a reservation, release or issue is for. */
export type NewMovement = {
  itemId: string;
  kind: MovementKind;
  quantity: number;
  order?: { id: string; lineNumber: number } | undefined;
  note?: string | undefined;
};

type MovementRow = {
  sequence: number;
  kind: MovementKind;
  quantity: number;
  on_hand_after: number;
  reserved_after: number;
  order_id: string | null;
  note: string | null;
  created_at: Date;
};

/**
 * Locks the balances of items until the transaction ends, always in order of the item's id: whoever writes more than
 * one movement calls this first, so that no two transactions ever wait for each other.
 *
 * @returns one balance per item that exists, in order of id
 */
export async function lockBalances(tx: Queryable, itemIds: readonly string[]): Promise<Balance[]> {
  const { rows } = await tx.query<{ item_id: string; available: number }>({
    name: "stock.lock_balances",
    text: `select item_id, on_hand - reserved as available
             from core_erp.stock_balances
            where item_id = any($1)
            order by item_id
              for no key update`,
    values: [itemIds],
  });
  return rows.map((row) => ({ itemId: row.item_id, available: row.available }));
}

/**
 * Appends to the ledger; the trigger of the table numbers each movement and moves the balance.
 *
 * @param movements all or none are written
 * @param causedBy the user id of the caller
 * @returns the movements written, in the order given
 * @throws the driver's check violation when stock would be promised twice; callers lock and look before
 */
export async function appendMovements(
  tx: Queryable,
  movements: readonly NewMovement[],
  causedBy: string,
): Promise<Movement[]> {
  const { rows } = await tx.query<MovementRow>({
    name: "stock.append_movements",
    text: `insert into core_erp.stock_movements (item_id, kind, quantity, order_id, line_number, note, caused_by)
           select item_id, kind, quantity, order_id, line_number, note, $7
             from unnest($1::uuid[], $2::text[], $3::bigint[], $4::uuid[], $5::int[], $6::text[]) with ordinality
                  as given (item_id, kind, quantity, order_id, line_number, note, position)
            order by position
           returning sequence, kind, quantity, on_hand_after, reserved_after, order_id, note, created_at`,
    values: [
      movements.map((each) => each.itemId),
      movements.map((each) => each.kind),
      movements.map((each) => each.quantity),
      movements.map((each) => each.order?.id ?? null),
      movements.map((each) => each.order?.lineNumber ?? null),
      movements.map((each) => each.note ?? null),
      causedBy,
    ],
  });
  return rows.map(toMovement);
}

/**
 * Stock by SKU.
 *
 * @param page.limit rows to read; validated at the edge
 * @param page.after exclusive lower bound; omit it for the first page
 * @param page.search each of its words must begin a word of SKU or name; omit it for every item
 * @source core_erp.items through index items_sku_unique or items_search, stock_balances by primary key
 */
export async function listStock(
  db: Queryable,
  page: { limit: number; after?: ItemPosition | undefined; search?: string | undefined },
): Promise<StockLevel[]> {
  const { rows } = await db.query<{
    sku: string;
    name: string;
    on_hand: number;
    reserved: number;
    updated_at: Date;
  }>({
    name: "stock.list_page",
    text: `select i.sku, i.name, b.on_hand, b.reserved, b.updated_at
             from core_erp.items i
             join core_erp.stock_balances b on b.item_id = i.id
            where ($1::text is null or i.search @@ core_erp.to_prefix_query($1))
              and ($2::text is null or i.sku > $2)
            order by i.sku
            limit $3`,
    values: [page.search ?? null, page.after?.[0] ?? null, page.limit],
  });
  return rows.map((row) => ({
    sku: row.sku,
    name: row.name,
    onHand: row.on_hand,
    reserved: row.reserved,
    available: row.on_hand - row.reserved,
    updatedAt: row.updated_at.toISOString(),
  }));
}

/** Movements of one item, newest first. @source core_erp.stock_movements through its primary key */
export async function listMovements(
  db: Queryable,
  itemId: string,
  page: { limit: number; after?: MovementPosition | undefined },
): Promise<Movement[]> {
  const { rows } = await db.query<MovementRow>({
    name: "stock.list_movements",
    text: `select sequence, kind, quantity, on_hand_after, reserved_after, order_id, note, created_at
             from core_erp.stock_movements
            where item_id = $1 and ($2::bigint is null or sequence < $2)
            order by sequence desc
            limit $3`,
    values: [itemId, page.after?.[0] ?? null, page.limit],
  });
  return rows.map(toMovement);
}

function toMovement(row: MovementRow): Movement {
  return {
    sequence: row.sequence,
    kind: row.kind,
    quantity: row.quantity,
    onHandAfter: row.on_hand_after,
    reservedAfter: row.reserved_after,
    orderId: row.order_id,
    note: row.note,
    createdAt: row.created_at.toISOString(),
  };
}
