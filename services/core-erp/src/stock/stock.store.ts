import { type Database, inTransaction, type Queryable } from "@kontor/kit/postgres";
import type { Faults } from "../faults/faults.ts";
import { createIdempotencyKeys } from "../idempotency/idempotency.store.ts";
import { findItems } from "../items/items.repo.ts";
import type { StockStore, StockTransaction } from "./stock.logic.ts";
import { appendMovements, listMovements, listStock, lockBalances } from "./stock.repo.ts";

export function createStockStore(db: Database, faults: Faults): StockStore {
  return {
    list(page) {
      faults.forgetConnectionIfExhausting();
      return listStock(db, page);
    },
    listMovements: (itemId, page) => listMovements(db, itemId, page),
    findBySku: (skus) => findItems(db, skus),
    inTransaction: (work) => inTransaction(db, (tx) => work(createStockTransaction(tx))),
  };
}

export function createStockTransaction(tx: Queryable): StockTransaction {
  return {
    keys: createIdempotencyKeys(tx),
    findItems: (skus) => findItems(tx, skus),
    lockBalances: (itemIds) => lockBalances(tx, itemIds),
    append: (movements, causedBy) => appendMovements(tx, movements, causedBy),
  };
}
