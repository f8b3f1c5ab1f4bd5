import type { Database } from "@kontor/kit/postgres";
import { sealSynchronously } from "../faults/blocking-seal.ts";
import type { Faults } from "../faults/faults.ts";
import type { ItemStore } from "./items.logic.ts";
import { findItems, insertItem, listItems } from "./items.repo.ts";

export function createItemStore(db: Database, faults: Faults): ItemStore {
  return {
    async list(page) {
      const items = await listItems(db, page);
      if (faults.isOn("event-loop-block")) sealSynchronously(items);
      return items;
    },
    findBySku: (skus) => findItems(db, skus),
    insert: (item) => insertItem(db, item),
  };
}
