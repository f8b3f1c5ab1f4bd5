import type { Message, Options } from "amqplib";
import { z } from "zod";
import type { DeadLetter, EventEnvelope } from "../bus.ts";

/** How often the handler has failed; absent at first. */
const FAILURES = "kontor-failures";
const ERROR = "kontor-error";
const FAILED_AT = "kontor-failed-at";

const ERROR_LENGTH_MAX = 1_000;

const envelopeSchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number(),
  occurredAt: z.string(),
  payload: z.unknown(),
  headers: z.object({ traceparent: z.string().optional(), tracestate: z.string().optional() }),
  orderingKey: z.string().optional(),
});

export type OutgoingMessage = { content: Buffer; options: Options.Publish };

/** The envelope as JSON; id, name and trace context once more where AMQP has a place for them, for readers of others. */
export function toMessage(event: EventEnvelope): OutgoingMessage {
  return {
    content: Buffer.from(JSON.stringify(event)),
    options: {
      persistent: true,
      contentType: "application/json",
      messageId: event.id,
      type: event.name,
      headers: { ...event.headers },
    },
  };
}

/** The event again, with what went wrong with it. */
export function toFailedMessage(
  event: EventEnvelope,
  failure: { count: number; error: unknown; at: Date },
): OutgoingMessage {
  const message = toMessage(event);
  const text = failure.error instanceof Error ? failure.error.message : String(failure.error);
  message.options.headers = {
    ...event.headers,
    [FAILURES]: failure.count,
    [ERROR]: text.slice(0, ERROR_LENGTH_MAX),
    [FAILED_AT]: failure.at.toISOString(),
  };
  return message;
}

/** @returns undefined for what is no event of ours */
export function readEvent(message: Message): EventEnvelope | undefined {
  let body: unknown;
  try {
    body = JSON.parse(message.content.toString("utf8"));
  } catch {
    return undefined;
  }
  const result = envelopeSchema.safeParse(body);
  return result.success ? (result.data as EventEnvelope) : undefined;
}

export function readFailureCount(message: Message): number {
  const count: unknown = message.properties.headers?.[FAILURES];
  return typeof count === "number" ? count : 0;
}

/** A message of a dead-letter queue: moved there by us, with its error, or by the broker, with its reason. */
export function toDeadLetter(message: Message): DeadLetter {
  const headers: Record<string, unknown> = message.properties.headers ?? {};
  const error = headers[ERROR];
  const failedAt = headers[FAILED_AT];
  const event = readEvent(message) ?? toUnreadableEvent(message);
  if (typeof error === "string" && typeof failedAt === "string") return { event, error, failedAt };
  const { reason, seconds } = readDeath(headers["x-death"]);
  return { event, error: explain(reason), failedAt: new Date(seconds * 1_000).toISOString() };
}

function toUnreadableEvent(message: Message): EventEnvelope {
  return {
    id: typeof message.properties.messageId === "string" ? message.properties.messageId : "",
    name: message.fields.routingKey,
    version: 0,
    occurredAt: new Date(0).toISOString(),
    payload: message.content.toString("utf8"),
    headers: {},
  };
}

const deathSchema = z
  .array(z.object({ reason: z.string(), time: z.object({ value: z.number() }) }))
  .min(1)
  .transform(([first]) => first);

function readDeath(header: unknown): { reason: string; seconds: number } {
  const death = deathSchema.safeParse(header).data;
  return { reason: death?.reason ?? "", seconds: death?.time.value ?? 0 };
}

function explain(reason: string): string {
  if (reason === "delivery_limit")
    return "its consumer was lost again and again with this event in its hands";
  if (reason === "rejected") return "it cannot be read as an event";
  return reason === "" ? "unknown" : reason;
}
