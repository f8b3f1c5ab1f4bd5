import { defineRoute, Reply, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import { createItem, getItem, type ItemStore, listItemPage } from "./items.logic.ts";
import { item, itemPage, listItemsQuery, newItem, sku } from "./items.schema.ts";

export function itemRoutes(store: ItemStore): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/items",
      summary: "Items by SKU, a page at a time; search finds by the beginnings of words",
      tags: ["items"],
      access: { permission: "items.read" },
      query: listItemsQuery,
      responses: { 200: itemPage },
      handle: ({ query }) => listItemPage(store, query),
    }),
    defineRoute({
      method: "get",
      path: "/api/items/:sku",
      summary: "One item",
      problems: { 404: "There is no such item" },
      tags: ["items"],
      access: { permission: "items.read" },
      params: z.object({ sku }),
      responses: { 200: item },
      handle: ({ params }) => getItem(store, params.sku),
    }),
    defineRoute({
      method: "post",
      path: "/api/items",
      summary: "Add an item; its stock begins at zero",
      answerHeaders: { Location: "The item" },
      problems: { 409: "There is an item of this SKU already" },
      tags: ["items"],
      access: { permission: "items.write" },
      body: newItem,
      responses: { 201: item },
      handle: async ({ body }) => {
        const created = await createItem(store, body);
        return new Reply(201, created, { Location: `/api/items/${created.sku}` });
      },
    }),
  ];
}
