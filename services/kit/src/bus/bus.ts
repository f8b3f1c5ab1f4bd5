import { randomUUID } from "node:crypto";
import type { EventDefinition } from "../contracts/define-event.ts";

/** An event as it travels. */
export type EventEnvelope = {
  /** What repeats are recognised by. */
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** ISO 8601, when what it tells of happened. */
  readonly occurredAt: string;
  readonly payload: unknown;
  /** W3C trace context of the work that caused it. */
  readonly headers: { readonly traceparent?: string; readonly tracestate?: string };
  /** Events with the same key are handed to a consumer in the order they were published, retries aside. */
  readonly orderingKey?: string;
};

/** An event that a consumer could not take, and why. */
export type DeadLetter = { readonly event: EventEnvelope; readonly error: string; readonly failedAt: string };

export type EventHandler = (event: EventEnvelope) => Promise<void>;

/**
 * Publish and subscribe, at least once.
 *
 * Every consumer of an event has a queue of its own, which exists from its first `subscribe` on, also while the
 * consumer is away. A handler that throws is called again with growing pauses; when the retries are spent, or when it
 * throws an AppError of kind `invalid` or `unprocessable`, which no retry can mend, the event becomes a dead letter and
 * its neighbours go on. A consumer that is killed gets what it had in its hands again.
 */
export interface Bus extends AsyncDisposable {
  /** Resolves when the bus has stored the event for every consumer; rejects when that is not certain. */
  publish(event: EventEnvelope): Promise<void>;
  /**
   * @param name of the event: `orders.placed`
   * @param consumer who takes it; several processes of one consumer share the work
   */
  subscribe(name: string, consumer: string, handler: EventHandler): Promise<void>;
  /** The newest dead letters of a consumer, at most `limit`. */
  readDeadLetters(name: string, consumer: string, limit: number): Promise<DeadLetter[]>;
  /** Rejects when the bus cannot be reached. */
  ping(): Promise<void>;
}

/**
 * A new event of a definition. The payload is checked: a malformed one is a bug of the publisher.
 *
 * @throws ZodError
 */
export function toEnvelope<Payload>(
  definition: EventDefinition<Payload>,
  payload: NoInfer<Payload>,
  options: { id?: string; occurredAt?: Date; headers?: EventEnvelope["headers"] } = {},
): EventEnvelope {
  const checked = definition.payload.parse(payload);
  return {
    id: options.id ?? randomUUID(),
    name: definition.name,
    version: definition.version,
    occurredAt: (options.occurredAt ?? new Date()).toISOString(),
    payload: checked,
    headers: options.headers ?? {},
    orderingKey: definition.orderingKey(checked),
  };
}
