import type { Queryable } from "@kontor/kit/postgres";
import type { DemoData } from "./demo-data.ts";

/** Keeps two instances that start at once from seeding twice. Held until the transaction ends. */
export async function lockSeeding(tx: Queryable): Promise<void> {
  await tx.query({ name: "seed.lock", text: "select pg_advisory_xact_lock(hashtext('core_erp.seed'))" });
}

export async function hasItem(tx: Queryable, sku: string): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: "seed.has_item",
    text: "select from core_erp.items where sku = $1",
    values: [sku],
  });
  return rowCount > 0;
}

export async function insertMasterData(tx: Queryable, data: DemoData, at: Date): Promise<void> {
  await tx.query({
    name: "seed.insert_customers",
    text: `insert into core_erp.customers (id, name, email, created_at)
           select *, $4::timestamptz from unnest($1::uuid[], $2::text[], $3::text[])`,
    values: [
      data.customers.map((each) => each.id),
      data.customers.map((each) => each.name),
      data.customers.map((each) => each.email),
      at,
    ],
  });
  await tx.query({
    name: "seed.insert_items",
    text: `insert into core_erp.items (id, sku, name, price_cents, created_at)
           select *, $5::timestamptz from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[])`,
    values: [
      data.items.map((each) => each.id),
      data.items.map((each) => each.sku),
      data.items.map((each) => each.name),
      data.items.map((each) => each.priceCents),
      at,
    ],
  });
  await tx.query({
    name: "seed.insert_receipts",
    text: `insert into core_erp.stock_movements (item_id, kind, quantity, note, caused_by, created_at)
           select item_id, 'receipt', quantity, 'opening stock', 'seed', $3::timestamptz
             from unnest($1::uuid[], $2::bigint[]) as given (item_id, quantity)`,
    values: [data.items.map((each) => each.id), data.items.map((each) => each.received), at],
  });
}

/** Orders in the order given, so that their numbers rise with time. */
export async function insertOrders(tx: Queryable, data: DemoData): Promise<void> {
  const { orders, lines } = data;
  await tx.query({
    name: "seed.insert_orders",
    text: `insert into core_erp.orders
                  (id, customer_id, status, total_cents, placed_at, confirmed_at, cancelled_at, placed_by)
           select id, customer_id, status, total_cents, placed_at, confirmed_at, cancelled_at, 'seed'
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[],
                         $7::timestamptz[]) with ordinality
                  as given (id, customer_id, status, total_cents, placed_at, confirmed_at, cancelled_at, position)
            order by position`,
    values: [
      orders.map((each) => each.id),
      orders.map((each) => each.customerId),
      orders.map((each) => each.status),
      orders.map((each) => each.totalCents),
      orders.map((each) => each.placedAt),
      orders.map((each) => each.confirmedAt),
      orders.map((each) => each.cancelledAt),
    ],
  });
  await tx.query({
    name: "seed.insert_order_lines",
    text: `insert into core_erp.order_lines (order_id, line_number, item_id, quantity, unit_price_cents)
           select * from unnest($1::uuid[], $2::int[], $3::uuid[], $4::bigint[], $5::bigint[])`,
    values: [
      lines.map((each) => each.orderId),
      lines.map((each) => each.lineNumber),
      lines.map((each) => each.itemId),
      lines.map((each) => each.quantity),
      lines.map((each) => each.unitPriceCents),
    ],
  });
}

/** The ledger of the seeded orders, through the same trigger as every movement, item by item in order of time. */
export async function insertMovements(tx: Queryable): Promise<void> {
  await tx.query({
    name: "seed.insert_movements",
    text: `insert into core_erp.stock_movements
                  (item_id, kind, quantity, order_id, line_number, caused_by, created_at)
           select l.item_id, step.kind, l.quantity, l.order_id, l.line_number, 'seed', step.at
             from core_erp.orders o
             join core_erp.order_lines l on l.order_id = o.id
            cross join lateral (values ('reservation', o.placed_at), ('issue', o.confirmed_at),
                                       ('release', o.cancelled_at)) as step (kind, at)
            where o.placed_by = 'seed' and step.at is not null
            order by l.item_id, step.at, l.order_id, l.line_number`,
  });
}

/** The planner knows nothing of rows that came in bulk until this has run. */
export async function analyze(db: Queryable): Promise<void> {
  await db.query({
    name: "seed.analyze",
    text: `analyze core_erp.customers, core_erp.items, core_erp.orders, core_erp.order_lines,
                   core_erp.stock_movements, core_erp.stock_balances`,
  });
}
