import type { Queryable } from "@kontor/kit/postgres";
import type { OrderRows } from "./orders.logic.ts";
import type { Order, OrderStatus, OrderSummary } from "./orders.schema.ts";

type SummaryRow = {
  id: string;
  number: string;
  status: OrderStatus;
  customer_id: string;
  customer_name: string;
  currency: string;
  total_cents: number;
  placed_at: Date;
  line_count: number;
  lines: OrderSummary["lines"];
};

/**
 * Orders with customer and items, newest first, in one statement whatever the page holds.
 *
 * @param page.limit rows to read; validated at the edge
 * @param page.after exclusive upper bound; omit it for the first page
 * @param page.status only orders in it; omit it for all
 * @param page.customerId only this customer's; none for an unknown customer, which is not an error
 * @source core_erp.orders through orders_placed_at, orders_status_placed_at or orders_customer_placed_at; customers,
 *   order_lines and items by primary key
 */
export async function listOrders(db: Queryable, page: OrderRows): Promise<OrderSummary[]> {
  const { rows } = await db.query<SummaryRow>({
    name: "orders.list_page",
    text: `with page as (
             select id, number, status, customer_id, currency, total_cents, placed_at
               from core_erp.orders
              where ($1::text is null or status = $1)
                and ($2::uuid is null or customer_id = $2)
                and ($3::timestamptz is null or (placed_at, id) < ($3, $4::uuid))
              order by placed_at desc, id desc
              limit $5)
           select o.id, o.number, o.status, o.customer_id, c.name as customer_name, o.currency, o.total_cents,
                  o.placed_at, l.line_count, l.lines
             from page o
             join core_erp.customers c on c.id = o.customer_id
            cross join lateral (
                  select count(*) as line_count,
                         json_agg(json_build_object('sku', i.sku, 'name', i.name, 'quantity', l.quantity)
                                  order by l.line_number) as lines
                    from core_erp.order_lines l
                    join core_erp.items i on i.id = l.item_id
                   where l.order_id = o.id) l
            order by o.placed_at desc, o.id desc`,
    values: [
      page.status ?? null,
      page.customerId ?? null,
      page.after?.[0] ?? null,
      page.after?.[1] ?? null,
      page.limit,
    ],
  });
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    status: row.status,
    customer: { id: row.customer_id, name: row.customer_name },
    currency: row.currency,
    totalCents: row.total_cents,
    placedAt: row.placed_at.toISOString(),
    lineCount: row.line_count,
    lines: row.lines,
  }));
}

type OrderRow = Omit<SummaryRow, "lines" | "line_count"> & {
  confirmed_at: Date | null;
  cancelled_at: Date | null;
  cancel_reason: string | null;
  lines: Order["lines"];
};

/** One order with its lines in one statement, or undefined. @source core_erp.orders by primary key */
export async function findOrder(db: Queryable, id: string): Promise<Order | undefined> {
  const { rows } = await db.query<OrderRow>({
    name: "orders.find",
    text: `select o.id, o.number, o.status, o.customer_id, c.name as customer_name, o.currency, o.total_cents,
                  o.placed_at, o.confirmed_at, o.cancelled_at, o.cancel_reason,
                  (select json_agg(json_build_object(
                            'lineNumber', l.line_number, 'sku', i.sku, 'name', i.name, 'quantity', l.quantity,
                            'unitPriceCents', l.unit_price_cents, 'totalCents', l.quantity * l.unit_price_cents)
                            order by l.line_number)
                     from core_erp.order_lines l
                     join core_erp.items i on i.id = l.item_id
                    where l.order_id = o.id) as lines
             from core_erp.orders o
             join core_erp.customers c on c.id = o.customer_id
            where o.id = $1`,
    values: [id],
  });
  return rows.map(toOrder)[0];
}

function toOrder(row: OrderRow): Order {
  return {
    id: row.id,
    number: row.number,
    status: row.status,
    customer: { id: row.customer_id, name: row.customer_name },
    currency: row.currency,
    totalCents: row.total_cents,
    placedAt: row.placed_at.toISOString(),
    confirmedAt: row.confirmed_at?.toISOString() ?? null,
    cancelledAt: row.cancelled_at?.toISOString() ?? null,
    cancelReason: row.cancel_reason,
    lines: row.lines,
  };
}
