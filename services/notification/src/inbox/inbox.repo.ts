import type { Queryable } from "@kontor/kit/postgres";
import type { InboxPosition, NewNotification, Notification, Reader } from "./inbox.schema.ts";

/** What a reader may see; the parameters are user id and roles. */
const VISIBLE = "(n.user_id = $1 or n.roles && $2::text[])";

/** Repeated for the same source it does nothing. */
export async function insertNotification(tx: Queryable, notification: NewNotification): Promise<void> {
  await tx.query({
    name: "notifications.insert",
    text: `insert into notifications (source_id, roles, kind, severity, thread_id, title, body, url)
           values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (source_id) do nothing`,
    values: [
      notification.sourceId,
      notification.roles,
      notification.kind,
      notification.severity,
      notification.threadId,
      notification.title,
      notification.body,
      notification.url,
    ],
  });
}

/**
 * Writes news into the newest entry of their thread.
 *
 * @returns false when there is none, or when it says that all is over: the news are about what was before
 */
export async function updateNewestOfThread(tx: Queryable, notification: NewNotification): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: "notifications.update_newest_of_thread",
    text: `update notifications set title = $2, body = $3, severity = $4
            where id = (select id from notifications where thread_id = $1 order by created_at desc limit 1)
              and severity <> 'good'`,
    values: [notification.threadId, notification.title, notification.body, notification.severity],
  });
  return rowCount === 1;
}

type NotificationRow = Omit<Notification, "createdAt" | "isRead"> & { created_at: Date; is_read: boolean };

/**
 * A reader's inbox, newest first.
 *
 * @param page.limit rows, 1..201
 * @param page.after exclusive; omit it for the first page
 */
export async function listNotifications(
  db: Queryable,
  reader: Reader,
  page: { limit: number; after?: InboxPosition | undefined; unreadOnly: boolean },
): Promise<Notification[]> {
  const { rows } = await db.query<NotificationRow>({
    name: "notifications.list",
    text: `select n.id, n.kind, n.severity, n.title, n.body, n.url, n.created_at, r.user_id is not null as is_read
             from notifications n
             left join notification_reads r on r.notification_id = n.id and r.user_id = $1
            where ${VISIBLE}
              and ($3::timestamptz is null or (n.created_at, n.id) < ($3::timestamptz, $4::uuid))
              and (not $5 or r.user_id is null)
            order by n.created_at desc, n.id desc limit $6`,
    values: [reader.userId, reader.roles, page.after?.createdAt, page.after?.id, page.unreadOnly, page.limit],
  });
  return rows.map(({ created_at, is_read, ...rest }) => ({
    ...rest,
    createdAt: created_at.toISOString(),
    isRead: is_read,
  }));
}

export async function countUnread(db: Queryable, reader: Reader): Promise<number> {
  const { rows } = await db.query<{ unread: number }>({
    name: "notifications.count_unread",
    text: `select count(*) as unread from notifications n
            where ${VISIBLE}
              and not exists (select from notification_reads r where r.notification_id = n.id and r.user_id = $1)`,
    values: [reader.userId, reader.roles],
  });
  return rows[0]?.unread ?? 0;
}

/** @returns false when the reader has no such notification */
export async function markRead(db: Queryable, reader: Reader, id: string): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>({
    name: "notifications.mark_read",
    text: `with mine as (select n.id from notifications n where ${VISIBLE} and n.id = $3),
                done as (insert into notification_reads (notification_id, user_id)
                         select id, $1 from mine on conflict do nothing)
           select exists (select from mine) as found`,
    values: [reader.userId, reader.roles, id],
  });
  return rows[0]?.found === true;
}

/** Marks what the reader has seen so far: everything up to a time, so that what has just come in stays unread. */
export async function markAllRead(db: Queryable, reader: Reader, until: string): Promise<void> {
  await db.query({
    name: "notifications.mark_all_read",
    text: `insert into notification_reads (notification_id, user_id)
           select n.id, $1 from notifications n where ${VISIBLE} and n.created_at <= $3
           on conflict do nothing`,
    values: [reader.userId, reader.roles, until],
  });
}

export async function removeOldNotifications(db: Queryable, olderThanDays: number): Promise<void> {
  await db.query({
    name: "notifications.remove_old",
    text: "delete from notifications where created_at < now() - make_interval(days => $1)",
    values: [olderThanDays],
  });
}
