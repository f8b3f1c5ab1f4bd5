import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import type { Passwords } from "../passwords.ts";
import {
  logIn,
  logOut,
  refresh,
  type SessionEvents,
  type SessionStore,
  type Tokens,
} from "./sessions.logic.ts";
import { loginSchema, logoutSchema, refreshSchema, tokensSchema } from "./sessions.schema.ts";

const bodyLimitBytes = 4_096;

export function sessionRoutes(
  store: SessionStore,
  tokens: Tokens,
  events: SessionEvents,
  passwords: Passwords,
): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/api/auth/login",
      summary: "Log in with address and password",
      problems: { 401: "Address or password is wrong", 429: "Too many attempts for this address" },
      tags: ["auth"],
      access: "public",
      body: loginSchema,
      bodyLimitBytes,
      responses: { 200: tokensSchema },
      handle: ({ body, res }) => {
        res.set("Cache-Control", "no-store");
        return logIn(store, tokens, events, passwords.verify, body);
      },
    }),
    defineRoute({
      method: "post",
      path: "/api/auth/refresh",
      summary: "Exchange a refresh token for new tokens; each works once",
      problems: { 401: "The token is unknown, has expired or was used before" },
      tags: ["auth"],
      access: "public",
      body: refreshSchema,
      bodyLimitBytes,
      responses: { 200: tokensSchema },
      handle: ({ body, res }) => {
        res.set("Cache-Control", "no-store");
        return refresh(store, tokens, events, body.refreshToken);
      },
    }),
    defineRoute({
      method: "post",
      path: "/api/auth/logout",
      summary: "End the session of a refresh token, or all sessions of its account",
      tags: ["auth"],
      access: "public",
      body: logoutSchema,
      bodyLimitBytes,
      responses: { 204: z.void() },
      handle: async ({ body }) => {
        await logOut(store, tokens, body);
        return undefined;
      },
    }),
  ];
}
