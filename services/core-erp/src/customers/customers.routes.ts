import { defineRoute, Reply, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import { type CustomerStore, getCustomer, listCustomerPage } from "./customers.logic.ts";
import { customer, customerPage, listCustomersQuery, newCustomer } from "./customers.schema.ts";

export function customerRoutes(store: CustomerStore): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/customers",
      summary: "Customers by name, a page at a time; search finds by the beginnings of words",
      tags: ["customers"],
      access: { permission: "customers.read" },
      query: listCustomersQuery,
      responses: { 200: customerPage },
      handle: ({ query }) => listCustomerPage(store, query),
    }),
    defineRoute({
      method: "get",
      path: "/api/customers/:id",
      summary: "One customer",
      problems: { 404: "There is no such customer" },
      tags: ["customers"],
      access: { permission: "customers.read" },
      params: z.object({ id: z.uuid() }),
      responses: { 200: customer },
      handle: ({ params }) => getCustomer(store, params.id),
    }),
    defineRoute({
      method: "post",
      path: "/api/customers",
      summary: "Add a customer",
      answerHeaders: { Location: "The customer" },
      tags: ["customers"],
      access: { permission: "customers.write" },
      body: newCustomer,
      responses: { 201: customer },
      handle: async ({ body }) => {
        const created = await store.insert(body);
        return new Reply(201, created, { Location: `/api/customers/${created.id}` });
      },
    }),
  ];
}
