import type { Queryable } from "@kontor/kit/postgres";
import type { CustomerRows } from "../customers/customers.repo.ts";
import type { Customer } from "../customers/customers.schema.ts";

/**
 * FAULT slow-sql: the search as somebody wrote it who wanted to find customers by what they bought as well. Ids are
 * compared as lower-case text and words as patterns, so no index helps, and every customer walks through all orders and lines.
 */
export async function searchCustomersSlowly(db: Queryable, page: CustomerRows): Promise<Customer[]> {
  const { rows } = await db.query<{ id: string; name: string; email: string; created_at: Date }>({
    name: "customers.search_by_purchases",
    text: `with found as materialized (
             select c.id, c.name, c.email, c.created_at,
                    (select count(*)
                       from core_erp.orders o
                       join core_erp.order_lines l on l.order_id::text = o.id::text
                       join core_erp.items i on i.id::text = l.item_id::text
                      where lower(o.customer_id::text) = lower(c.id::text)
                        and lower(o.number || ' ' || i.sku || ' ' || i.name) like '%' || lower($1) || '%') as purchases
               from core_erp.customers c)
           select id, name, email, created_at
             from found
            where (purchases > 0 or lower(name) like '%' || lower($1) || '%')
              and ($2::text is null or (name, id) > ($2, $3::uuid))
            order by name, id
            limit $4`,
    values: [page.search ?? "", page.after?.[0] ?? null, page.after?.[1] ?? null, page.limit],
  });
  return rows.map(({ id, name, email, created_at }) => ({
    id,
    name,
    email,
    createdAt: created_at.toISOString(),
  }));
}
