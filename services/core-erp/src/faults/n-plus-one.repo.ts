import type { Queryable } from "@kontor/kit/postgres";
import type { OrderRows } from "../orders/orders.logic.ts";
import type { OrderStatus, OrderSummary } from "../orders/orders.schema.ts";

type OrderRow = {
  id: string;
  number: string;
  status: OrderStatus;
  customer_id: string;
  currency: string;
  total_cents: number;
  placed_at: Date;
};

/**
 * FAULT n-plus-one: the same answer as listOrders, loaded as a lazy object mapper would: one statement for the page,
 * then one for the customer and one for the lines of every order, and one for the item of every line.
 */
export async function listOrdersLazily(db: Queryable, page: OrderRows): Promise<OrderSummary[]> {
  const { rows } = await db.query<OrderRow>({
    name: "orders.list_page_lazily",
    text: `select id, number, status, customer_id, currency, total_cents, placed_at
             from core_erp.orders
            where ($1::text is null or status = $1)
              and ($2::uuid is null or customer_id = $2)
              and ($3::timestamptz is null or (placed_at, id) < ($3, $4::uuid))
            order by placed_at desc, id desc
            limit $5`,
    values: [
      page.status ?? null,
      page.customerId ?? null,
      page.after?.[0] ?? null,
      page.after?.[1] ?? null,
      page.limit,
    ],
  });
  const orders: OrderSummary[] = [];
  for (const row of rows) {
    const customer = { id: row.customer_id, name: await loadCustomerName(db, row.customer_id) };
    const lines: OrderSummary["lines"] = [];
    for (const line of await loadLines(db, row.id)) {
      lines.push({ ...(await loadItem(db, line.item_id)), quantity: line.quantity });
    }
    const { id, number, status, currency, total_cents: totalCents } = row;
    const placedAt = row.placed_at.toISOString();
    orders.push({
      id,
      number,
      status,
      customer,
      currency,
      totalCents,
      placedAt,
      lineCount: lines.length,
      lines,
    });
  }
  return orders;
}

async function loadCustomerName(db: Queryable, id: string): Promise<string> {
  const { rows } = await db.query<{ name: string }>({
    name: "customers.load",
    text: `select id, name, email, created_at from core_erp.customers where id = $1`,
    values: [id],
  });
  return rows[0]?.name ?? "";
}

async function loadLines(db: Queryable, orderId: string): Promise<{ item_id: string; quantity: number }[]> {
  const { rows } = await db.query<{ item_id: string; quantity: number }>({
    name: "order_lines.load",
    text: `select line_number, item_id, quantity, unit_price_cents
             from core_erp.order_lines where order_id = $1 order by line_number`,
    values: [orderId],
  });
  return rows;
}

async function loadItem(db: Queryable, id: string): Promise<{ sku: string; name: string }> {
  const { rows } = await db.query<{ sku: string; name: string }>({
    name: "items.load",
    text: `select id, sku, name, price_cents, created_at from core_erp.items where id = $1`,
    values: [id],
  });
  return { sku: rows[0]?.sku ?? "", name: rows[0]?.name ?? "" };
}
