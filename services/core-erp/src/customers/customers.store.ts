import type { Database } from "@kontor/kit/postgres";
import type { Faults } from "../faults/faults.ts";
import { searchCustomersSlowly } from "../faults/slow-sql.repo.ts";
import type { CustomerStore } from "./customers.logic.ts";
import { findCustomer, insertCustomer, listCustomers } from "./customers.repo.ts";

export function createCustomerStore(db: Database, faults: Faults): CustomerStore {
  return {
    list: (page) =>
      page.search !== undefined && faults.isOn("slow-sql")
        ? searchCustomersSlowly(db, page)
        : listCustomers(db, page),
    find: (id) => findCustomer(db, id),
    insert: (customer) => insertCustomer(db, customer),
  };
}
