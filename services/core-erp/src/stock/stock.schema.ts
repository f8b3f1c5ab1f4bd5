import { z } from "zod";
import { itemPosition, sku } from "../items/items.schema.ts";
import { pageQuery } from "../paging/page.ts";
import { plainText } from "../plain-text.ts";

/** Pieces in one movement: at most a million, so that no sum leaves the safe integers. */
export const quantity = z.int().min(1).max(1_000_000);

export const movementKind = z.enum(["receipt", "reservation", "release", "issue", "adjustment"]);
export type MovementKind = z.infer<typeof movementKind>;

/** What is there, what is promised to orders, and what may still be promised: `available` = `onHand` - `reserved`, never below 0. */
export const stockLevel = z
  .object({
    sku,
    name: z.string(),
    onHand: z.int(),
    reserved: z.int(),
    available: z.int(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "StockLevel" });
export type StockLevel = z.infer<typeof stockLevel>;

/** One entry of an item's ledger. `quantity` is positive except in an adjustment; `sequence` counts from 1 without gaps. */
export const movement = z
  .object({
    sequence: z.int(),
    kind: movementKind,
    quantity: z.int(),
    onHandAfter: z.int(),
    reservedAfter: z.int(),
    orderId: z.uuid().nullable(),
    note: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "StockMovement" });
export type Movement = z.infer<typeof movement>;

export const listStockQuery = z.strictObject({
  ...pageQuery(itemPosition),
  /** Words; an item is found when each begins a word of its SKU or name. */
  search: plainText(200).optional(),
});
export type ListStock = z.infer<typeof listStockQuery>;
export const stockPage = z.object({ stock: z.array(stockLevel), nextCursor: z.string().nullable() });
export type StockPage = z.infer<typeof stockPage>;

/** By sequence, newest first. */
export const movementPosition = z.tuple([z.int().min(1)]);
export type MovementPosition = z.infer<typeof movementPosition>;
export const listMovementsQuery = z.strictObject(pageQuery(movementPosition));
export type ListMovements = z.infer<typeof listMovementsQuery>;
export const movementPage = z.object({ movements: z.array(movement), nextCursor: z.string().nullable() });
export type MovementPage = z.infer<typeof movementPage>;

export const receipt = z.strictObject({ sku, quantity, note: plainText(500).optional() });
export type Receipt = z.infer<typeof receipt>;

export const adjustment = z.strictObject({
  sku,
  /** How many more (or fewer) pieces there are than the ledger says. */
  quantity: z
    .int()
    .min(-1_000_000)
    .max(1_000_000)
    .refine((pieces) => pieces !== 0, "must not be 0"),
  note: plainText(500),
});
export type Adjustment = z.infer<typeof adjustment>;
