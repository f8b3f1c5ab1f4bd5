import { defineRoute, Reply, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import { idempotencyKey, replayHeader, replayHeaders } from "../idempotency/idempotency-key.ts";
import { sku } from "../items/items.schema.ts";
import {
  adjustStock,
  listMovementPage,
  listStockPage,
  receiveStock,
  type StockStore,
} from "./stock.logic.ts";
import {
  adjustment,
  listMovementsQuery,
  listStockQuery,
  movement,
  movementPage,
  receipt,
  stockPage,
} from "./stock.schema.ts";

/** With a key a repeated request counts once; without one it counts again. */
const optionalKey = z.object({ "idempotency-key": idempotencyKey.optional() });

const movementProblems = { 422: "There is no such item, or the key came with another request before" };

export function stockRoutes(store: StockStore): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/stock",
      summary: "What is on hand, reserved and available, by SKU, a page at a time",
      tags: ["stock"],
      access: { permission: "stock.read" },
      query: listStockQuery,
      responses: { 200: stockPage },
      handle: ({ query }) => listStockPage(store, query),
    }),
    defineRoute({
      method: "get",
      path: "/api/stock/:sku/movements",
      summary: "The ledger of one item, newest first, a page at a time",
      problems: { 404: "There is no such item" },
      tags: ["stock"],
      access: { permission: "stock.read" },
      params: z.object({ sku }),
      query: listMovementsQuery,
      responses: { 200: movementPage },
      handle: ({ params, query }) => listMovementPage(store, params.sku, query),
    }),
    defineRoute({
      method: "post",
      path: "/api/stock/receipts",
      summary: "Pieces came in; the same Idempotency-Key counts once",
      answerHeaders: replayHeader,
      problems: movementProblems,
      tags: ["stock"],
      access: { permission: "stock.write" },
      body: receipt,
      responses: { 201: movement },
      headers: optionalKey,
      async handle({ body, headers, caller }) {
        const command = { callerId: caller.userId, key: headers["idempotency-key"], request: body };
        const { result, isReplayed } = await receiveStock(store, command);
        return new Reply(201, result, replayHeaders(isReplayed));
      },
    }),
    defineRoute({
      method: "post",
      path: "/api/stock/adjustments",
      summary: "Correct the count after stocktaking; the same Idempotency-Key counts once",
      answerHeaders: replayHeader,
      problems: { ...movementProblems, 409: "Fewer pieces would be left than are reserved" },
      tags: ["stock"],
      access: { permission: "stock.write" },
      body: adjustment,
      responses: { 201: movement },
      headers: optionalKey,
      async handle({ body, headers, caller }) {
        const command = { callerId: caller.userId, key: headers["idempotency-key"], request: body };
        const { result, isReplayed } = await adjustStock(store, command);
        return new Reply(201, result, replayHeaders(isReplayed));
      },
    }),
  ];
}
