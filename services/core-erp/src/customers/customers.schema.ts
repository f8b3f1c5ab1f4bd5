import { z } from "zod";
import { pageQuery } from "../paging/page.ts";
import { plainText } from "../plain-text.ts";

export const customer = z
  .object({ id: z.uuid(), name: z.string(), email: z.string(), createdAt: z.iso.datetime() })
  .meta({ id: "Customer" });
export type Customer = z.infer<typeof customer>;

export const newCustomer = z.strictObject({ name: plainText(200), email: z.email().max(320) });
export type NewCustomer = z.infer<typeof newCustomer>;

/** By name, then id: the order of the list and of the index customers_name. */
export const customerPosition = z.tuple([plainText(200), z.uuid()]);
export type CustomerPosition = z.infer<typeof customerPosition>;

export const listCustomersQuery = z.strictObject({
  ...pageQuery(customerPosition),
  /** Words; a customer is found when each begins a word of the name. */
  search: plainText(200).optional(),
});
export type ListCustomers = z.infer<typeof listCustomersQuery>;

export const customerPage = z.object({ customers: z.array(customer), nextCursor: z.string().nullable() });
export type CustomerPage = z.infer<typeof customerPage>;
