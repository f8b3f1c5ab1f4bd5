import { instantText } from "@kontor/kit/instant-text";
import { z } from "zod";

export const notificationSchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(["alert", "order", "report"]),
    /** `good` for what is over. */
    severity: z.enum(["critical", "warning", "info", "good"]),
    title: z.string(),
    /** Plain text; paragraphs are parted by an empty line. */
    body: z.string(),
    url: z.string().nullable(),
    createdAt: z.iso.datetime(),
    isRead: z.boolean(),
  })
  .meta({ id: "Notification" });

export type Notification = z.infer<typeof notificationSchema>;

export type NewNotification = Omit<Notification, "id" | "createdAt" | "isRead"> & {
  /** Id of what it tells of. */
  sourceId: string;
  roles: string[];
  /** What later news belong to. */
  threadId: string;
};

/** Whose inbox: a user with the roles of the token. */
export type Reader = { userId: string; roles: string[] };

/** Where a page ended: the next one begins behind it. */
export type InboxPosition = { createdAt: string; id: string };

/** A position as clients hand it back, opaque to them. */
export const cursorSchema = z
  .string()
  .max(200)
  .regex(/^[\w-]+$/, "is not base64url: pass nextCursor unchanged")
  .transform((text, issues): InboxPosition => {
    const [createdAt = "", id = ""] = Buffer.from(text, "base64url").toString().split(" ");
    const position = z.object({ createdAt: instantText, id: z.uuid() }).safeParse({ createdAt, id });
    if (position.success) return position.data;
    issues.addIssue("not a cursor of ours: take nextCursor as it was answered");
    return z.NEVER;
  });

export function toCursor({ createdAt, id }: InboxPosition): string {
  return Buffer.from(`${createdAt} ${id}`).toString("base64url");
}
