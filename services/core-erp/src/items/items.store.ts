import type { Database } from "@kontor/kit/postgres";
import type { Faults } from "../faults/faults.ts";
import type { ItemStore } from "./items.logic.ts";
import { findItems, insertItem, listItems } from "./items.repo.ts";

export function createItemStore(db: Database, faults: Faults): ItemStore {
  return {
    async list(page) {
      const items = await listItems(db, page);
      faults.sealIfBlocking(items);
      return items;
    },
    findBySku: (skus) => findItems(db, skus),
    insert: (item) => insertItem(db, item),
  };
}
