import { AppError } from "@kontor/kit/errors";
import { defineRoute, type Route } from "@kontor/kit/http/route";
import { z } from "zod";
import type { Mailbox } from "./mailbox.ts";
import { messageSchema } from "./message.ts";

const filter = z.object({
  to: z.string().max(320).optional(),
  subject: z.string().max(1_000).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});

/** The mails for programs: tests, demos and scripts read them here. */
export function mailboxRoutes(mailbox: Mailbox): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/api/messages",
      summary: "Mails that were caught, newest first",
      access: "public",
      query: filter,
      responses: { 200: z.object({ messages: z.array(messageSchema) }) },
      handle: async ({ query: { limit, ...rest } }) => ({ messages: mailbox.list(rest, limit) }),
    }),
    defineRoute({
      method: "get",
      path: "/api/messages/:id",
      summary: "One mail",
      access: "public",
      params: z.object({ id: z.string().max(64) }),
      responses: { 200: messageSchema },
      handle: async ({ params }) => findMessage(mailbox, params.id),
    }),
    defineRoute({
      method: "delete",
      path: "/api/messages",
      summary: "Forget every mail",
      access: "public",
      responses: { 204: z.undefined() },
      handle: async () => {
        await mailbox.clear();
        return undefined;
      },
    }),
  ];
}

/** @throws AppError `mails.not_found` */
export function findMessage(mailbox: Mailbox, id: string) {
  const message = mailbox.find(id);
  if (message !== undefined) return message;
  throw new AppError("notFound", "mails.not_found", "There is no such mail, or it has been dropped since.");
}
