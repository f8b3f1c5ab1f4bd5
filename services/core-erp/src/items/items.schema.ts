import { z } from "zod";
import { pageQuery } from "../paging/page.ts";
import { plainText } from "../plain-text.ts";

/** How an article is called by people and other systems: capitals, digits, `.`, `_`, `-`; fixed once given. */
export const sku = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9._-]{0,63}$/, "capitals, digits, '.', '_' and '-', at most 64");

export const item = z
  .object({ id: z.uuid(), sku, name: z.string(), priceCents: z.int(), createdAt: z.iso.datetime() })
  .meta({ id: "Item" });
export type Item = z.infer<typeof item>;

export const newItem = z.strictObject({
  sku,
  name: plainText(200),
  /** At most ten million; keeps every total a safe integer. */
  priceCents: z.int().min(0).max(1_000_000_000),
});
export type NewItem = z.infer<typeof newItem>;

/** By SKU, which is unique. */
export const itemPosition = z.tuple([sku]);
export type ItemPosition = z.infer<typeof itemPosition>;

export const listItemsQuery = z.strictObject({
  ...pageQuery(itemPosition),
  /** Words; an item is found when each begins a word of its SKU or name. */
  search: plainText(200).optional(),
});
export type ListItems = z.infer<typeof listItemsQuery>;

export const itemPage = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
export type ItemPage = z.infer<typeof itemPage>;
