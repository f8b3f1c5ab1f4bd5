import { setTimeout as sleep } from "node:timers/promises";
import type { Channel, ChannelModel, Message } from "amqplib";
import type { DeadLetter } from "../bus.ts";
import { toDeadLetter } from "./message.ts";
import { isNotFound } from "./topology.ts";
import { withoutConsumerSpans } from "./without-spans.ts";

const READ_DEADLINE_MS = 10_000;

/**
 * The newest messages of a dead-letter queue. All are fetched, for a queue gives the oldest first, and all go back to
 * their places. One reader at a time sees them whole.
 *
 * @returns at most `limit`, the newest first; none when there is no such queue
 */
export async function readDeadLetters(
  model: ChannelModel,
  queue: string,
  limit: number,
): Promise<DeadLetter[]> {
  const channel = await model.createChannel();
  channel.on("error", () => {});
  try {
    const { messageCount } = await channel.checkQueue(queue);
    if (messageCount === 0) return [];
    const newest = await readNewest(channel, queue, { count: messageCount, limit });
    await awaitReturned(channel, queue, messageCount);
    return newest.reverse().map(toDeadLetter);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  } finally {
    await channel.close().catch(() => {});
  }
}

/** Reads `count` messages and gives all of them back. @returns the last `limit` of them, in the order of the queue */
async function readNewest(
  channel: Channel,
  queue: string,
  { count, limit }: { count: number; limit: number },
): Promise<Message[]> {
  const newest: Message[] = [];
  let seen = 0;
  const { promise: read, resolve } = Promise.withResolvers<void>();
  const onMessage = (message: Message | null): void => {
    if (message !== null) newest.push(message);
    if (newest.length > limit) newest.shift();
    seen += 1;
    if (message === null || seen === count) resolve();
  };
  const timer = setTimeout(resolve, READ_DEADLINE_MS);
  try {
    const { consumerTag } = await withoutConsumerSpans(channel.consume).call(channel, queue, onMessage);
    await read;
    await channel.cancel(consumerTag);
    channel.nackAll(true);
  } finally {
    clearTimeout(timer);
  }
  return newest;
}

/** The queue takes them back a moment later; who reads again at once would miss them. */
async function awaitReturned(channel: Channel, queue: string, count: number): Promise<void> {
  for (let look = 0; look < 50; look += 1) {
    if ((await channel.checkQueue(queue)).messageCount >= count) return;
    await sleep(20);
  }
}
