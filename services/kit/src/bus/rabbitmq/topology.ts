import { setTimeout as sleep } from "node:timers/promises";
import type { Channel, ChannelModel } from "amqplib";
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

/**
 * RabbitMQ writes down the name of a new quorum queue up to a second late: one that is killed before then has forgotten
 * the queue with all it confirmed (rabbitmq/ra, pull request 443; 3.10 among others). So nothing is put into it earlier.
 */
const NEW_QUEUE_PAUSE_MS = 1_500;

const NOT_FOUND = 404;

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
 * Makes the queues of a consumer, or finds them as they are, and lets the event flow into the first.
 *
 * @throws the channel's error, code 406, when one exists with other settings
 */
export async function declareQueues(
  model: ChannelModel,
  channel: Channel,
  queues: ConsumerQueues,
): Promise<void> {
  const { main, dead, pauses } = queues;
  const missing = await findMissing(model, [dead, main, ...pauses.map(({ queue }) => queue)]);
  await channel.assertQueue(dead, quorum({ "x-delivery-limit": DEAD_DELIVERY_LIMIT }));
  await channel.assertQueue(main, quorum({ "x-delivery-limit": DELIVERY_LIMIT, ...deadLettersTo(dead) }));
  for (const { queue, pauseMs } of pauses) {
    // The pause over, an event is dead-lettered: back to where it came from.
    await channel.assertQueue(queue, quorum({ "x-message-ttl": pauseMs, ...deadLettersTo(main) }));
  }
  if (missing.length > 0) await sleep(NEW_QUEUE_PAUSE_MS);
  await channel.bindQueue(main, EVENTS_EXCHANGE, queues.event);
}

/** Those of the queues that are not there yet. To ask for one costs the channel. */
async function findMissing(model: ChannelModel, names: string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const name of names) {
    const channel = await model.createChannel();
    channel.on("error", () => {});
    try {
      await channel.checkQueue(name);
      await channel.close();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      missing.push(name);
    }
  }
  return missing;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === NOT_FOUND;
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
