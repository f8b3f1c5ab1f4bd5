import { defineRoute, Reply, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import { idempotencyKey, replayHeader, replayHeaders } from "../idempotency/idempotency-key.ts";
import { type ChangeOrderPorts, changeOrder } from "./change-order.logic.ts";
import { getOrder, listOrderPage, type OrderReader } from "./orders.logic.ts";
import { cancellation, listOrdersQuery, newOrder, order, orderPage } from "./orders.schema.ts";
import { type PlaceOrderPorts, placeOrder } from "./place-order.logic.ts";

const tags = ["orders"];
const orderId = z.object({ id: z.uuid() });

export function orderRoutes(store: {
  reader: OrderReader;
  placing: PlaceOrderPorts;
  changing: ChangeOrderPorts;
}): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/orders",
      summary: "Orders with customer and items, newest first, a page at a time",
      tags,
      access: { permission: "orders.read" },
      query: listOrdersQuery,
      responses: { 200: orderPage },
      handle: ({ query }) => listOrderPage(store.reader, query),
    }),
    defineRoute({
      method: "get",
      path: "/api/orders/:id",
      summary: "One order with its lines",
      problems: { 404: "There is no such order" },
      tags,
      access: { permission: "orders.read" },
      params: orderId,
      responses: { 200: order },
      handle: ({ params }) => getOrder(store.reader, params.id),
    }),
    defineRoute({
      method: "post",
      path: "/api/orders",
      summary: "Place an order and reserve its stock; the same Idempotency-Key gives the same answer again",
      answerHeaders: { Location: "The order", ...replayHeader },
      problems: {
        409: "Not enough of an item is available",
        422: "There is no such customer or item, or the key came with another request before",
      },
      tags,
      access: { permission: "orders.write" },
      headers: z.object({ "idempotency-key": idempotencyKey }),
      body: newOrder,
      responses: { 201: order },
      async handle({ body, headers, caller }) {
        const command = { callerId: caller.userId, key: headers["idempotency-key"], request: body };
        const { result, isReplayed } = await placeOrder(store.placing, command);
        const location = `/api/orders/${result.id}`;
        return new Reply(201, result, { Location: location, ...replayHeaders(isReplayed) });
      },
    }),
    defineRoute({
      method: "post",
      path: "/api/orders/:id/confirm",
      summary: "Confirm a placed order: its goods are issued; once confirmed, asking again changes nothing",
      problems: { 404: "There is no such order", 409: "It is cancelled" },
      tags,
      access: { permission: "orders.write" },
      params: orderId,
      responses: { 200: order },
      handle: ({ params, caller }) =>
        changeOrder(store.changing, { action: "confirm", orderId: params.id, callerId: caller.userId }),
    }),
    defineRoute({
      method: "post",
      path: "/api/orders/:id/cancel",
      summary:
        "Cancel a placed order: its goods are free again; once cancelled, asking again changes nothing",
      problems: { 404: "There is no such order", 409: "It is confirmed" },
      tags,
      access: { permission: "orders.write" },
      params: orderId,
      body: cancellation.optional(),
      responses: { 200: order },
      handle: ({ params, body, caller }) =>
        changeOrder(store.changing, {
          action: "cancel",
          orderId: params.id,
          callerId: caller.userId,
          reason: body?.reason,
        }),
    }),
  ];
}
