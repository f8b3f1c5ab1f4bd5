import type { Queryable } from "@kontor/kit/postgres";
import { onlyRow } from "../only-row.ts";
import type { PricedLine } from "./orders.logic.ts";
import type { OrderStatus } from "./orders.schema.ts";
import type { InsertedOrder } from "./place-order.logic.ts";

/**
 * Writes an order with its lines in one statement; number, time and status come from the database.
 *
 * @param order.lines at least one, numbered from 1
 */
export async function insertOrder(
  tx: Queryable,
  order: { customerId: string; totalCents: number; placedBy: string; lines: readonly PricedLine[] },
): Promise<InsertedOrder> {
  const { rows } = await tx.query<{
    id: string;
    number: string;
    status: OrderStatus;
    currency: string;
    placed_at: Date;
  }>({
    name: "orders.insert",
    text: `with placed as (
             insert into core_erp.orders (customer_id, total_cents, placed_by)
             values ($1, $2, $3)
             returning id, number, status, currency, placed_at
           ), lines as (
             insert into core_erp.order_lines (order_id, line_number, item_id, quantity, unit_price_cents)
             select placed.id, line.*
               from placed, unnest($4::int[], $5::uuid[], $6::bigint[], $7::bigint[]) as line
           )
           select id, number, status, currency, placed_at from placed`,
    values: [
      order.customerId,
      order.totalCents,
      order.placedBy,
      order.lines.map((line) => line.lineNumber),
      order.lines.map((line) => line.itemId),
      order.lines.map((line) => line.quantity),
      order.lines.map((line) => line.unitPriceCents),
    ],
  });
  const { id, number, status, currency, placed_at } = onlyRow(rows);
  return { id, number, status, currency, placedAt: placed_at.toISOString() };
}

/** The status of an order, which stays as it is until the transaction ends; undefined when there is no such order. */
export async function lockOrderStatus(tx: Queryable, orderId: string): Promise<OrderStatus | undefined> {
  const { rows } = await tx.query<{ status: OrderStatus }>({
    name: "orders.lock",
    text: `select status from core_erp.orders where id = $1 for no key update`,
    values: [orderId],
  });
  return rows[0]?.status;
}

/** Sets a status and the time it was reached. The caller has locked the order. */
export async function setOrderStatus(
  tx: Queryable,
  orderId: string,
  change: { to: OrderStatus; reason?: string | undefined },
): Promise<void> {
  await tx.query({
    name: "orders.set_status",
    text: `update core_erp.orders
              set status = $2,
                  confirmed_at = case when $2 = 'confirmed' then now() else confirmed_at end,
                  cancelled_at = case when $2 = 'cancelled' then now() else cancelled_at end,
                  cancel_reason = case when $2 = 'cancelled' then $3 else cancel_reason end
            where id = $1`,
    values: [orderId, change.to, change.reason ?? null],
  });
}

/** The items of an order's lines. @source core_erp.order_lines through its primary key */
export async function listOrderItemIds(tx: Queryable, orderId: string): Promise<string[]> {
  const { rows } = await tx.query<{ item_id: string }>({
    name: "orders.list_item_ids",
    text: `select distinct item_id from core_erp.order_lines where order_id = $1`,
    values: [orderId],
  });
  return rows.map((row) => row.item_id);
}

/** Issues or releases what each line of an order reserved. The caller has locked order and balances. */
export async function moveReservations(
  tx: Queryable,
  orderId: string,
  kind: "issue" | "release",
  causedBy: string,
): Promise<void> {
  await tx.query({
    name: "orders.move_reservations",
    text: `insert into core_erp.stock_movements (item_id, kind, quantity, order_id, line_number, caused_by)
           select item_id, $2, quantity, order_id, line_number, $3
             from core_erp.order_lines
            where order_id = $1
            order by item_id, line_number`,
    values: [orderId, kind, causedBy],
  });
}
