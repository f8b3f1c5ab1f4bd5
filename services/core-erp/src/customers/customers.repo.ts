import type { Queryable } from "@kontor/kit/postgres";
import { onlyRow } from "../only-row.ts";
import type { Customer, CustomerPosition, NewCustomer } from "./customers.schema.ts";

type CustomerRow = { id: string; name: string; email: string; created_at: Date };

export type CustomerRows = {
  limit: number;
  after?: CustomerPosition | undefined;
  search?: string | undefined;
};

/**
 * Customers by name.
 *
 * @param page.limit rows to read; validated at the edge
 * @param page.after exclusive lower bound; omit it for the first page
 * @param page.search each of its words must begin a word of the name; omit it for every customer
 * @source core_erp.customers through index customers_name, or customers_search when there are words
 */
export async function listCustomers(db: Queryable, page: CustomerRows): Promise<Customer[]> {
  const { rows } = await db.query<CustomerRow>({
    name: "customers.list_page",
    text: `select id, name, email, created_at
             from core_erp.customers
            where ($1::text is null or search @@ core_erp.to_prefix_query($1))
              and ($2::text is null or (name, id) > ($2, $3::uuid))
            order by name, id
            limit $4`,
    values: [page.search ?? null, page.after?.[0] ?? null, page.after?.[1] ?? null, page.limit],
  });
  return rows.map(toCustomer);
}

/** @returns undefined when there is no such customer */
export async function findCustomer(db: Queryable, id: string): Promise<Customer | undefined> {
  const { rows } = await db.query<CustomerRow>({
    name: "customers.find",
    text: `select id, name, email, created_at from core_erp.customers where id = $1`,
    values: [id],
  });
  return rows.map(toCustomer)[0];
}

export async function insertCustomer(db: Queryable, customer: NewCustomer): Promise<Customer> {
  const { rows } = await db.query<CustomerRow>({
    name: "customers.insert",
    text: `insert into core_erp.customers (name, email) values ($1, $2)
           returning id, name, email, created_at`,
    values: [customer.name, customer.email],
  });
  return toCustomer(onlyRow(rows));
}

function toCustomer(row: CustomerRow): Customer {
  return { id: row.id, name: row.name, email: row.email, createdAt: row.created_at.toISOString() };
}
