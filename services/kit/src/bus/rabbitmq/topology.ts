import type { Channel } from "amqplib";
import { type BusRetry, toPauseMs } from "../retry.ts";

/** Every event goes to this exchange, by its name as the routing key; anybody may bind a queue to it. */
export const EVENTS_EXCHANGE = "events";

/**
 * So often a consumer may be lost with an event in its hands until the broker makes a dead letter of it. Failures that
 * the handler reports count separately, by BusRetry. Part of the queue's declaration: changing it needs a new queue.
 */
export const DELIVERY_LIMIT = 20;

/** Dead letters are read without being taken, which the broker counts as a failed delivery each time. */
const DEAD_DELIVERY_LIMIT = 1_000_000_000;

/** The queues of one consumer of one event. */
export type ConsumerQueues = {
  readonly event: string;
  readonly main: string;
  readonly dead: string;
  /** One for each length of pause: in one queue for all, a long pause would hold up the short ones behind it. */
  readonly pauses: readonly { readonly queue: string; readonly pauseMs: number }[];
};

export function toConsumerQueues(event: string, consumer: string, retry: BusRetry): ConsumerQueues {
  const main = `${event}/${consumer}`;
  const all = Array.from({ length: retry.limit }, (_, index) => toPauseMs(retry, index + 1));
  const pauses = [...new Set(all)]
    .filter((pauseMs) => pauseMs > 0)
    .map((pauseMs) => ({ queue: `${main}/retry-${pauseMs}ms`, pauseMs }));
  return { event, main, dead: toDeadQueueName(event, consumer), pauses };
}

export function toDeadQueueName(event: string, consumer: string): string {
  return `${event}/${consumer}/dead`;
}

export async function declareExchange(channel: Channel): Promise<void> {
  await channel.assertExchange(EVENTS_EXCHANGE, "topic", { durable: true });
}

/**
 * Makes the queues of a consumer, or finds them as they are.
 *
 * @throws the channel's error, code 406, when one exists with other settings
 */
export async function declareQueues(channel: Channel, queues: ConsumerQueues): Promise<void> {
  await channel.assertQueue(queues.dead, quorum({ "x-delivery-limit": DEAD_DELIVERY_LIMIT }));
  await channel.assertQueue(
    queues.main,
    quorum({ "x-delivery-limit": DELIVERY_LIMIT, ...deadLettersTo(queues.dead) }),
  );
  for (const { queue, pauseMs } of queues.pauses) {
    // The pause over, an event is dead-lettered: back to where it came from.
    await channel.assertQueue(queue, quorum({ "x-message-ttl": pauseMs, ...deadLettersTo(queues.main) }));
  }
  await channel.bindQueue(queues.main, EVENTS_EXCHANGE, queues.event);
}

function quorum(settings: Record<string, string | number>) {
  return { durable: true, arguments: { "x-queue-type": "quorum", ...settings } };
}

/** By the default exchange, and at least once: an event leaves its queue when the other one has it. */
function deadLettersTo(queue: string): Record<string, string> {
  return {
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": queue,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
  };
}
