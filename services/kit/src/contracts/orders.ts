import { z } from "zod";
import { defineEvent } from "./define-event.ts";

const order = {
  orderId: z.uuid(),
  /** What people call it: `SO-00000123`. */
  orderNumber: z.string().min(1).max(64),
  customerId: z.uuid(),
  customerName: z.string().min(1).max(200),
  /** As the customer gave it; whether mail can reach it shows when it is sent. */
  customerEmail: z.string().min(3).max(320),
  /** ISO 4217. */
  currency: z.string().length(3),
  totalCents: z.int().min(0),
};

const orderLine = z.object({
  sku: z.string().min(1).max(64),
  name: z.string().min(1).max(200),
  quantity: z.int().min(1),
  unitPriceCents: z.int().min(0),
});

/** A customer's order has been taken; its stock is reserved. */
export const orderPlaced = defineEvent({
  name: "orders.placed",
  version: 1,
  payload: z.object({ ...order, lines: z.array(orderLine).min(1), placedAt: z.iso.datetime() }),
  orderingKey: (payload) => payload.orderId,
});

/** The order has been accepted and will be delivered. */
export const orderConfirmed = defineEvent({
  name: "orders.confirmed",
  version: 1,
  payload: z.object({ ...order, confirmedAt: z.iso.datetime() }),
  orderingKey: (payload) => payload.orderId,
});

/** The order will not be delivered; its stock is free again. */
export const orderCancelled = defineEvent({
  name: "orders.cancelled",
  version: 1,
  payload: z.object({
    ...order,
    /** For the customer; empty when none was given. */
    reason: z.string().max(1_000),
    cancelledAt: z.iso.datetime(),
  }),
  orderingKey: (payload) => payload.orderId,
});
