import type { Queryable } from "@kontor/kit/postgres";
import type { Delivery, Notification } from "../alerts/delivery/notification.ts";
import { toMs, toTime } from "./time.ts";

interface DeliveryRow {
  readonly notification: Notification;
  readonly receiver: string;
}

/** How one message stands with one receiver. */
export interface DeliveryReport {
  readonly notificationId: string;
  readonly receiver: string;
  readonly kind: Notification["kind"];
  readonly status: "pending" | "sent" | "failed";
  readonly plannedAtMs: number;
  readonly finishedAtMs: number | undefined;
  readonly attempts: number;
  readonly error: string | undefined;
}

export interface FinishedDelivery {
  readonly notificationId: string;
  readonly receiver: string;
  readonly outcome: "sent" | "failed";
  readonly atMs: number;
  readonly attempts: number;
  readonly error?: string | undefined;
}

/**
 * Notes planned messages, one row for each receiver; known ones stay as they are.
 *
 * @param owner the observer that sends them, for as long as its claim lasts
 * @param leaseSeconds on the database's clock
 */
export async function insertDeliveries(
  db: Queryable,
  notifications: readonly Notification[],
  owner: string,
  leaseSeconds: number,
): Promise<void> {
  const rows = notifications.flatMap((notification) =>
    notification.receivers.map((receiver) => ({
      notification_id: notification.id,
      receiver,
      kind: notification.kind,
      planned_at: toTime(notification.plannedAtMs),
      notification,
    })),
  );
  if (rows.length === 0) return;
  await db.query({
    name: "deliveries.insert",
    text: `insert into observer.deliveries (notification_id, receiver, kind, planned_at, notification, claimed_by, claimed_until)
           select notification_id, receiver, kind, planned_at, notification, $2, now() + make_interval(secs => $3)
             from jsonb_to_recordset($1::jsonb)
               as given (notification_id uuid, receiver text, kind text, planned_at timestamptz, notification jsonb)
           on conflict (notification_id, receiver) do nothing`,
    values: [JSON.stringify(rows), owner, leaseSeconds],
  });
}

/** Notes that messages arrived, or were given up. What arrived stays so. */
export async function finishDeliveries(db: Queryable, finished: readonly FinishedDelivery[]): Promise<void> {
  if (finished.length === 0) return;
  const rows = finished.map(({ notificationId, receiver, outcome, atMs, attempts, error }) => ({
    notification_id: notificationId,
    receiver,
    status: outcome,
    finished_at: toTime(atMs),
    attempts,
    error: error ?? null,
  }));
  await db.query({
    name: "deliveries.finish",
    text: `update observer.deliveries d
              set status = given.status, finished_at = given.finished_at, attempts = given.attempts, error = given.error
             from jsonb_to_recordset($1::jsonb)
               as given (notification_id uuid, receiver text, status text, finished_at timestamptz, attempts int, error text)
            where d.notification_id = given.notification_id and d.receiver = given.receiver and d.status <> 'sent'`,
    values: [JSON.stringify(rows)],
  });
}

/**
 * Takes over messages that are pending and belong to nobody any more, or to this owner already. Two observers that ask at once never get
 * the same one.
 *
 * @param options.limit 1..1000, oldest first
 */
export async function claimDeliveries(
  db: Queryable,
  options: { readonly owner: string; readonly leaseSeconds: number; readonly limit: number },
): Promise<Delivery[]> {
  const { rows } = await db.query<DeliveryRow>({
    name: "deliveries.claim",
    text: `with free as (
             select notification_id, receiver from observer.deliveries
              where status = 'pending' and (claimed_until < now() or claimed_by = $1)
              order by planned_at limit $3 for update skip locked
           ), claimed as (
             update observer.deliveries d set claimed_by = $1, claimed_until = now() + make_interval(secs => $2)
               from free where d.notification_id = free.notification_id and d.receiver = free.receiver
             returning d.notification, d.receiver, d.planned_at
           )
           select notification, receiver from claimed order by planned_at`,
    values: [options.owner, options.leaseSeconds, options.limit],
  });
  return rows;
}

/** Messages about an alert, newest first. */
export async function listDeliveries(
  db: Queryable,
  filter: { readonly limit: number; readonly fingerprint?: string },
): Promise<DeliveryReport[]> {
  const { rows } = await db.query<{
    notification_id: string;
    receiver: string;
    kind: Notification["kind"];
    status: DeliveryReport["status"];
    planned_at: Date;
    finished_at: Date | null;
    attempts: number;
    error: string | null;
  }>({
    name: "deliveries.list",
    text: `select notification_id, receiver, kind, status, planned_at, finished_at, attempts, error from observer.deliveries
            where $1::text is null
               or notification -> 'transitions' @> jsonb_build_array(jsonb_build_object('alert', jsonb_build_object('fingerprint', $1::text)))
            order by planned_at desc, notification_id, receiver limit $2`,
    values: [filter.fingerprint ?? null, filter.limit],
  });
  return rows.map((row) => ({
    notificationId: row.notification_id,
    receiver: row.receiver,
    kind: row.kind,
    status: row.status,
    plannedAtMs: toMs(row.planned_at),
    finishedAtMs: toMs(row.finished_at),
    attempts: row.attempts,
    error: row.error ?? undefined,
  }));
}

/** Messages planned since a time, oldest first: from them follows what was told of episodes that are still open. */
export async function listDeliveriesSince(db: Queryable, fromMs: number): Promise<Delivery[]> {
  const { rows } = await db.query<DeliveryRow>({
    name: "deliveries.list_since",
    text: `select notification, receiver from observer.deliveries where planned_at >= $1 order by planned_at`,
    values: [toTime(fromMs)],
  });
  return rows;
}
