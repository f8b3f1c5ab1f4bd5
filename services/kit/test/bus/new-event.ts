import { randomUUID } from "node:crypto";
import type { EventEnvelope } from "../../src/bus/bus.ts";

/** An event as if it had come out of an outbox. */
export function newEvent(name: string, payload: unknown, orderingKey?: string): EventEnvelope {
  const occurredAt = new Date().toISOString();
  const event = { id: randomUUID(), name, version: 1, occurredAt, payload, headers: {} };
  return orderingKey === undefined ? event : { ...event, orderingKey };
}

/** A name of its own for each test: queues outlive their consumers, which is the point of them. */
export const uniqueName = () => `things.t${randomUUID().slice(0, 8)}`;
