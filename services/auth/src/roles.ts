import { z } from "zod";

export const roleSchema = z.enum(["admin", "sales", "warehouse", "viewer"]);

export type Role = z.infer<typeof roleSchema>;

const reading = [
  "customers.read",
  "items.read",
  "orders.read",
  "stock.read",
  "notifications.read",
  "observer.read",
];

/** What each role may do. The permissions of an account are those of all its roles; they stand in its access token. */
export const permissionsByRole: Readonly<Record<Role, readonly string[]>> = {
  viewer: reading,
  sales: [...reading, "customers.write", "orders.write"],
  warehouse: [...reading, "items.write", "stock.write"],
  admin: [
    ...reading,
    "customers.write",
    "items.write",
    "orders.write",
    "stock.write",
    "notifications.write",
    "observer.acknowledge",
    "observer.silence",
    "observer.write",
    "users.read",
    "users.write",
  ],
};

/** Sorted, each once. */
export function toPermissions(roles: readonly Role[]): string[] {
  return [...new Set(roles.flatMap((role) => permissionsByRole[role]))].sort();
}
