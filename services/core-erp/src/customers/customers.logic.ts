import { AppError } from "@kontor/kit/errors";
import { rowsToRead, toPage } from "../paging/page.ts";
import type { CustomerRows } from "./customers.repo.ts";
import type { Customer, CustomerPage, ListCustomers, NewCustomer } from "./customers.schema.ts";

/** What the customers' logic needs of a database. */
export type CustomerStore = {
  list(page: CustomerRows): Promise<Customer[]>;
  find(id: string): Promise<Customer | undefined>;
  insert(customer: NewCustomer): Promise<Customer>;
};

export async function listCustomerPage(store: CustomerStore, query: ListCustomers): Promise<CustomerPage> {
  const { limit, cursor, search } = query;
  const rows = await store.list({ limit: rowsToRead(limit), after: cursor, search });
  const page = toPage(rows, limit, (customer) => [customer.name, customer.id]);
  return { customers: page.rows, nextCursor: page.nextCursor };
}

/** @throws AppError `customers.not_found`: 404 */
export async function getCustomer(store: CustomerStore, id: string): Promise<Customer> {
  const customer = await store.find(id);
  if (customer === undefined)
    throw new AppError("notFound", "customers.not_found", `There is no customer ${id}.`);
  return customer;
}
