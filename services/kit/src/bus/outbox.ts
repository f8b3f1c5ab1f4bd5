import type { EventDefinition } from "../contracts/define-event.ts";
import type { Queryable } from "../postgres.ts";
import { type EventEnvelope, toEnvelope } from "./bus.ts";
import { injectContext } from "./bus-telemetry.ts";

/**
 * Writes an event beside the change it tells of, in the same transaction: both happen or neither. The relay of the
 * service hands it to the bus after the commit. The active trace goes with it.
 *
 * @returns the event's id
 * @throws ZodError when the payload is not as the definition says
 * @source the table `outbox` of the schema that is first in the search path
 */
export async function appendEvent<Payload>(
  tx: Queryable,
  definition: EventDefinition<Payload>,
  payload: NoInfer<Payload>,
): Promise<string> {
  const event = toEnvelope(definition, payload, { headers: injectContext() });
  await tx.query({
    name: "outbox.append",
    text: `insert into outbox (id, name, version, ordering_key, occurred_at, payload, headers)
           values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [
      event.id,
      event.name,
      event.version,
      event.orderingKey,
      event.occurredAt,
      JSON.stringify(event.payload),
      JSON.stringify(event.headers),
    ],
  });
  return event.id;
}

type OutboxRow = {
  position: number;
  id: string;
  name: string;
  version: number;
  ordering_key: string;
  occurred_at: Date;
  payload: unknown;
  headers: EventEnvelope["headers"];
};

/**
 * The oldest events that wait, locked until the transaction ends. None while another relay of the schema is at work:
 * one at a time keeps the order, and the others stand by.
 */
export async function takeEvents(
  tx: Queryable,
  schema: string,
  limit: number,
): Promise<{ position: number; event: EventEnvelope }[]> {
  const { rows } = await tx.query<OutboxRow>({
    name: "outbox.take",
    text: `select position, id, name, version, ordering_key, occurred_at, payload, headers
             from "${schema}".outbox
            where (select pg_try_advisory_xact_lock(hashtext('outbox'), hashtext($1)))
            order by position limit $2 for update skip locked`,
    values: [schema, limit],
  });
  return rows.map((row) => ({
    position: row.position,
    event: {
      id: row.id,
      name: row.name,
      version: row.version,
      occurredAt: row.occurred_at.toISOString(),
      payload: row.payload,
      headers: row.headers,
      orderingKey: row.ordering_key,
    },
  }));
}

/** Forgets events that the bus has. */
export async function removeEvents(tx: Queryable, schema: string, positions: number[]): Promise<void> {
  await tx.query({
    name: "outbox.remove",
    text: `delete from "${schema}".outbox where position = any($1)`,
    values: [positions],
  });
}
