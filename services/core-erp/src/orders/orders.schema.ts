import { instantText } from "@kontor/kit/instant-text";
import { z } from "zod";
import { sku } from "../items/items.schema.ts";
import { pageQuery } from "../paging/page.ts";
import { plainText } from "../plain-text.ts";
import { quantity } from "../stock/stock.schema.ts";

export const orderStatus = z.enum(["placed", "confirmed", "cancelled"]);
export type OrderStatus = z.infer<typeof orderStatus>;

const customer = z.object({ id: z.uuid(), name: z.string() });

const head = {
  id: z.uuid(),
  number: z.string(),
  status: orderStatus,
  customer,
  currency: z.string(),
  totalCents: z.int(),
  placedAt: z.iso.datetime(),
};

export const order = z
  .object({
    ...head,
    confirmedAt: z.iso.datetime().nullable(),
    cancelledAt: z.iso.datetime().nullable(),
    cancelReason: z.string().nullable(),
    lines: z.array(
      z.object({
        lineNumber: z.int(),
        sku,
        name: z.string(),
        quantity: z.int(),
        unitPriceCents: z.int(),
        totalCents: z.int(),
      }),
    ),
  })
  .meta({ id: "Order" });
export type Order = z.infer<typeof order>;
export type OrderLine = Order["lines"][number];

/** A row of the list: enough for a table, without prices of lines. */
export const orderSummary = z
  .object({
    ...head,
    lineCount: z.int(),
    lines: z.array(z.object({ sku, name: z.string(), quantity: z.int() })),
  })
  .meta({ id: "OrderSummary" });
export type OrderSummary = z.infer<typeof orderSummary>;

/** By the time of placing, then id, newest first. */
export const orderPosition = z.tuple([instantText, z.uuid()]);
export type OrderPosition = z.infer<typeof orderPosition>;

export const listOrdersQuery = z.strictObject({
  ...pageQuery(orderPosition),
  status: orderStatus.optional(),
  customerId: z.uuid().optional(),
});
export type ListOrders = z.infer<typeof listOrdersQuery>;

export const orderPage = z.object({ orders: z.array(orderSummary), nextCursor: z.string().nullable() });
export type OrderPage = z.infer<typeof orderPage>;

export const newOrder = z.strictObject({
  customerId: z.uuid(),
  lines: z.array(z.strictObject({ sku, quantity })).min(1).max(100),
});
export type NewOrder = z.infer<typeof newOrder>;

export const cancellation = z.strictObject({ reason: plainText(500).optional() });
export type Cancellation = z.infer<typeof cancellation>;
