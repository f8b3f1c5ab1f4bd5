import type { Queryable } from "@kontor/kit/postgres";

/**
 * FAULT errors: reads a delivery zone from the last digit of an order's id, by somebody who saw only ids that end in a
 * figure. The six of sixteen that end in a letter fail in the cast, nobody handles it, and the caller gets a 500.
 */
export async function readDeliveryZone(db: Queryable, orderId: string): Promise<number | undefined> {
  const { rows } = await db.query<{ zone: number }>({
    name: "orders.read_delivery_zone",
    text: `select right(id::text, 1)::integer % 4 as zone from core_erp.orders where id = $1`,
    values: [orderId],
  });
  return rows[0]?.zone;
}
