import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import type { AuthEvents } from "../auth-events.ts";
import type { Passwords } from "../passwords.ts";
import {
  type AccountStore,
  changeAccount,
  listAccounts,
  readOwnAccount,
  register,
} from "./accounts.logic.ts";
import {
  acceptedSchema,
  accountChangeSchema,
  accountPageQuery,
  accountPageSchema,
  accountSchema,
  registrationSchema,
} from "./accounts.schema.ts";

export function accountRoutes(store: AccountStore, events: AuthEvents, passwords: Passwords): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/api/auth/register",
      summary: "Ask for an account with the role viewer; the answer is the same when the address has one",
      tags: ["auth"],
      access: "public",
      body: registrationSchema,
      bodyLimitBytes: 4_096,
      responses: { 202: acceptedSchema },
      handle: async ({ body }) => {
        await register(store, passwords.hash, body);
        return { status: "accepted" as const };
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/auth/me",
      summary: "The account of the token, as it is now",
      tags: ["auth"],
      responses: { 200: accountSchema },
      handle: ({ caller }) => readOwnAccount(store, caller.userId),
    }),
    defineRoute({
      method: "get",
      path: "/api/auth/users",
      summary: "All accounts, oldest first",
      tags: ["users"],
      access: { permission: "users.read" },
      query: accountPageQuery,
      responses: { 200: accountPageSchema },
      handle: ({ query }) => listAccounts(store, query),
    }),
    defineRoute({
      method: "patch",
      path: "/api/auth/users/:id",
      summary: "Change roles or activity; the account is logged out everywhere",
      problems: { 404: "There is no such user", 409: "The last active administrator stays one" },
      tags: ["users"],
      access: { permission: "users.write" },
      params: z.object({ id: z.uuid() }),
      body: accountChangeSchema,
      responses: { 200: accountSchema },
      handle: ({ params, body, caller }) =>
        changeAccount(
          store,
          (id, change) => events.accountChanged(caller.userId, id, change),
          params.id,
          body,
        ),
    }),
  ];
}
