import type { Queryable } from "@kontor/kit/postgres";
import type { ClaimedDelivery, DeliveryAttachment, NewDelivery } from "./delivery.ts";

/**
 * Puts a mail in line. Repeated for the same event and receiver it does nothing.
 *
 * @param headers trace context of what caused it
 */
export async function queueDelivery(
  tx: Queryable,
  delivery: NewDelivery,
  headers: ClaimedDelivery["headers"],
): Promise<void> {
  await tx.query({
    name: "deliveries.queue",
    text: `insert into deliveries
             (source_id, recipient, kind, message_id, thread_id, subject, body_text, body_html, headers, attachments)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           on conflict (source_id, recipient) do nothing`,
    values: [
      delivery.sourceId,
      delivery.recipient,
      delivery.kind,
      delivery.messageId,
      delivery.threadId,
      delivery.subject,
      delivery.text,
      delivery.html,
      JSON.stringify(headers),
      JSON.stringify(delivery.attachments ?? []),
    ],
  });
}

type ClaimedRow = {
  id: string;
  source_id: string;
  recipient: string;
  kind: ClaimedDelivery["kind"];
  message_id: string;
  thread_id: string;
  subject: string;
  body_text: string;
  body_html: string;
  attempts: number;
  headers: ClaimedDelivery["headers"];
  attachments: DeliveryAttachment[];
  created_at: Date;
};

/**
 * Takes mails that are due, alerts first, among them those whose sender has gone without a word.
 *
 * @param leaseMs how long a sender may take before its mail is due again
 */
export async function claimDeliveries(
  db: Queryable,
  limit: number,
  leaseMs: number,
): Promise<ClaimedDelivery[]> {
  const { rows } = await db.query<ClaimedRow>({
    name: "deliveries.claim",
    text: `with due as (
             select id from deliveries
              where state in ('queued', 'failed', 'sending') and next_attempt_at <= now()
              order by (kind <> 'alert'), next_attempt_at
              limit $1 for update skip locked)
           update deliveries d
              set state = 'sending', attempts = d.attempts + 1, next_attempt_at = now() + $2 * interval '1 ms'
             from due where d.id = due.id
           returning d.id, source_id, recipient, kind, message_id, thread_id, subject, body_text, body_html,
                     attempts, headers, attachments, created_at`,
    values: [limit, leaseMs],
  });
  return rows.map((row) => ({
    id: row.id,
    sourceId: row.source_id,
    recipient: row.recipient,
    kind: row.kind,
    messageId: row.message_id,
    threadId: row.thread_id,
    subject: row.subject,
    text: row.body_text,
    html: row.body_html,
    attempt: row.attempts,
    headers: row.headers,
    attachments: row.attachments,
    createdAt: row.created_at,
  }));
}

/** @returns false when another attempt has begun since: its outcome counts */
export async function markSent(tx: Queryable, { id, attempt }: ClaimedDelivery): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: "deliveries.mark_sent",
    text: `update deliveries set state = 'sent', sent_at = now(), last_error = null
            where id = $1 and state = 'sending' and attempts = $2`,
    values: [id, attempt],
  });
  return rowCount === 1;
}

export async function markFailed(
  db: Queryable,
  { id, attempt }: ClaimedDelivery,
  outcome: { state: "failed" | "dead"; pauseMs: number; error: string },
): Promise<void> {
  await db.query({
    name: "deliveries.mark_failed",
    text: `update deliveries
              set state = $3, last_error = $4, next_attempt_at = now() + $5 * interval '1 ms'
            where id = $1 and state = 'sending' and attempts = $2`,
    values: [id, attempt, outcome.state, outcome.error, outcome.pauseMs],
  });
}

/** The way is free again: what waits for another try need not wait longer. */
export async function hastenFailed(db: Queryable): Promise<number> {
  const { rowCount } = await db.query({
    name: "deliveries.hasten_failed",
    text: "update deliveries set next_attempt_at = now() where state = 'failed' and next_attempt_at > now()",
  });
  return rowCount;
}

/** Mails hold names and addresses of people: they are kept no longer than somebody may ask about them. */
export async function removeOldDeliveries(db: Queryable, olderThanDays: number): Promise<void> {
  await db.query({
    name: "deliveries.remove_old",
    text: `delete from deliveries
            where state in ('sent', 'dead') and created_at < now() - make_interval(days => $1)`,
    values: [olderThanDays],
  });
}
