import { AppError } from "@kontor/kit/errors";
import { rowsToRead, toPage } from "../paging/page.ts";
import type { ItemRows } from "./items.repo.ts";
import type { Item, ItemPage, ListItems, NewItem } from "./items.schema.ts";

/** What the items' logic needs of a database. */
export type ItemStore = {
  list(page: ItemRows): Promise<Item[]>;
  findBySku(skus: readonly string[]): Promise<Item[]>;
  /** Undefined when the SKU is taken. */
  insert(item: NewItem): Promise<Item | undefined>;
};

export async function listItemPage(store: ItemStore, query: ListItems): Promise<ItemPage> {
  const { limit, cursor, search } = query;
  const rows = await store.list({ limit: rowsToRead(limit), after: cursor, search });
  const page = toPage(rows, limit, (item) => [item.sku]);
  return { items: page.rows, nextCursor: page.nextCursor };
}

/** @throws AppError `items.not_found`: 404 */
export async function getItem(store: Pick<ItemStore, "findBySku">, sku: string): Promise<Item> {
  const [item] = await store.findBySku([sku]);
  if (item === undefined) throw new AppError("notFound", "items.not_found", `There is no item ${sku}.`);
  return item;
}

/** The new item, with an empty stock. @throws AppError `items.sku_taken`: 409 */
export async function createItem(store: ItemStore, item: NewItem): Promise<Item> {
  const created = await store.insert(item);
  if (created === undefined) {
    throw new AppError("conflict", "items.sku_taken", `There is an item ${item.sku} already.`, {
      details: { sku: item.sku },
    });
  }
  return created;
}
