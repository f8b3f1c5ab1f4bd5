import { AppError } from "@kontor/kit/errors";
import { defineRoute, type Route } from "@kontor/kit/http/route";
import { instantText } from "@kontor/kit/instant-text";
import type { Queryable } from "@kontor/kit/postgres";
import { z } from "zod";
import { countUnread, listNotifications, markAllRead, markRead } from "./inbox.repo.ts";
import { cursorSchema, notificationSchema, toCursor } from "./inbox.schema.ts";

const tags = ["notifications"];

/** The inbox of the caller. Whoever has a valid token has one; what is in it depends on user and roles. */
export function inboxRoutes(db: Queryable): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/notifications",
      summary: "The caller's notifications, newest first, and how many are unread",
      tags,
      query: z.object({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: cursorSchema.optional(),
        unread: z.enum(["true", "false"]).default("false"),
      }),
      responses: {
        200: z.object({
          notifications: z.array(notificationSchema),
          nextCursor: z.string().nullable(),
          unreadCount: z.int(),
        }),
      },
      async handle({ caller, query: { limit, cursor, unread } }) {
        const page = { limit: limit + 1, after: cursor, unreadOnly: unread === "true" };
        const [rows, unreadCount] = await Promise.all([
          listNotifications(db, caller, page),
          countUnread(db, caller),
        ]);
        const notifications = rows.slice(0, limit);
        const last = notifications.at(-1);
        const nextCursor = rows.length > limit && last !== undefined ? toCursor(last) : null;
        return { notifications, nextCursor, unreadCount };
      },
    }),
    defineRoute({
      method: "get",
      path: "/api/notifications/unread-count",
      summary: "How many of the caller's notifications are unread",
      tags,
      responses: { 200: z.object({ unreadCount: z.int() }) },
      handle: async ({ caller }) => ({ unreadCount: await countUnread(db, caller) }),
    }),
    defineRoute({
      method: "post",
      path: "/api/notifications/:id/read",
      summary: "Mark one as read; doing it again changes nothing",
      problems: { 404: "The caller has no such notification" },
      tags,
      params: z.object({ id: z.uuid() }),
      responses: { 204: z.undefined() },
      async handle({ caller, params }) {
        if (await markRead(db, caller, params.id)) return undefined;
        throw new AppError("notFound", "notifications.not_found", "You have no such notification.");
      },
    }),
    defineRoute({
      method: "post",
      path: "/api/notifications/read-all",
      summary: "Mark as read whatever came in up to a time",
      tags,
      body: z.object({ until: instantText }),
      responses: { 204: z.undefined() },
      async handle({ caller, body }) {
        await markAllRead(db, caller, body.until);
        return undefined;
      },
    }),
  ];
}
