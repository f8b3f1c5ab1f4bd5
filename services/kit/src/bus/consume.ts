import type { EventDefinition } from "../contracts/define-event.ts";
import { AppError } from "../errors.ts";
import { type Database, inTransaction, type Queryable } from "../postgres.ts";
import type { Bus, EventEnvelope } from "./bus.ts";

export type ConsumeOptions<Payload> = {
  /** Who takes the event, one name per use: `notification`, `notification-inbox`. */
  consumer: string;
  /** Effects go through `tx` and so happen once, whatever the bus repeats. */
  handler: (tx: Queryable, payload: Payload, event: EventEnvelope) => Promise<void>;
};

/** Far longer than any bus keeps an event that could come again. */
const REMEMBERED_DAYS = 30;
const FORGET_EVERY = 1_000;

/**
 * Subscribes a handler whose effects happen once for each event: that the event was taken is written in the
 * transaction of the effects. A handler that throws takes nothing back but its own transaction, and the bus comes again.
 *
 * @source the table `consumed_events` of the schema that is first in the search path
 */
export async function consume<Payload>(
  bus: Bus,
  db: Database,
  definition: EventDefinition<Payload>,
  options: ConsumeOptions<Payload>,
): Promise<void> {
  let taken = 0;
  await bus.subscribe(definition.name, options.consumer, async (event) => {
    const payload = readPayload(definition, event);
    await inTransaction(db, async (tx) => {
      if (!(await rememberEvent(tx, options.consumer, event.id))) return;
      await options.handler(tx, payload, event);
    });
    taken += 1;
    if (taken % FORGET_EVERY === 0) await forgetOldEvents(db, options.consumer);
  });
}

function readPayload<Payload>(definition: EventDefinition<Payload>, event: EventEnvelope): Payload {
  const result = definition.payload.safeParse(event.payload);
  if (event.version === definition.version && result.success) return result.data;
  const what = result.success
    ? ""
    : `: ${result.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ")}`;
  throw new AppError(
    "unprocessable",
    "events.malformed",
    `event ${event.id} is no ${definition.name} of version ${definition.version} (it says ${event.version})${what}`,
  );
}

/** @returns false when the consumer has taken the event before */
async function rememberEvent(tx: Queryable, consumer: string, eventId: string): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: "consumed_events.remember",
    text: "insert into consumed_events (consumer, event_id) values ($1, $2) on conflict do nothing",
    values: [consumer, eventId],
  });
  return rowCount === 1;
}

async function forgetOldEvents(db: Queryable, consumer: string): Promise<void> {
  await db.query({
    name: "consumed_events.forget",
    text: "delete from consumed_events where consumer = $1 and consumed_at < now() - make_interval(days => $2)",
    values: [consumer, REMEMBERED_DAYS],
  });
}
