import type { Queryable } from "@kontor/kit/postgres";
import type { Item, ItemPosition, NewItem } from "./items.schema.ts";

type ItemRow = { id: string; sku: string; name: string; price_cents: number; created_at: Date };

export type ItemRows = { limit: number; after?: ItemPosition | undefined; search?: string | undefined };

/**
 * Items by SKU.
 *
 * @param page.limit rows to read; validated at the edge
 * @param page.after exclusive lower bound; omit it for the first page
 * @param page.search each of its words must begin a word of SKU or name; omit it for every item
 * @source core_erp.items through index items_sku_unique, or items_search when there are words
 */
export async function listItems(db: Queryable, page: ItemRows): Promise<Item[]> {
  const { rows } = await db.query<ItemRow>({
    name: "items.list_page",
    text: `select id, sku, name, price_cents, created_at
             from core_erp.items
            where ($1::text is null or search @@ core_erp.to_prefix_query($1))
              and ($2::text is null or sku > $2)
            order by sku
            limit $3`,
    values: [page.search ?? null, page.after?.[0] ?? null, page.limit],
  });
  return rows.map(toItem);
}

/** The items with these SKUs, in no order; fewer when some do not exist. */
export async function findItems(db: Queryable, skus: readonly string[]): Promise<Item[]> {
  const { rows } = await db.query<ItemRow>({
    name: "items.find_by_sku",
    text: `select id, sku, name, price_cents, created_at from core_erp.items where sku = any($1)`,
    values: [skus],
  });
  return rows.map(toItem);
}

/** @returns undefined when the SKU is taken; two that come at once get one item */
export async function insertItem(db: Queryable, item: NewItem): Promise<Item | undefined> {
  const { rows } = await db.query<ItemRow>({
    name: "items.insert",
    text: `insert into core_erp.items (sku, name, price_cents) values ($1, $2, $3)
           on conflict on constraint items_sku_unique do nothing
           returning id, sku, name, price_cents, created_at`,
    values: [item.sku, item.name, item.priceCents],
  });
  return rows.map(toItem)[0];
}

function toItem(row: ItemRow): Item {
  const { id, sku, name } = row;
  return { id, sku, name, priceCents: row.price_cents, createdAt: row.created_at.toISOString() };
}
