import type { ChannelModel, Message } from "amqplib";
import type { DeadLetter } from "../bus.ts";
import { toDeadLetter } from "./message.ts";
import { withoutConsumerSpans } from "./without-spans.ts";

const READ_DEADLINE_MS = 10_000;
const NOT_FOUND = 404;

/**
 * The newest messages of a dead-letter queue. All are fetched, for a queue gives the oldest first, and all go back to
 * their places when the channel closes. One reader at a time sees them whole.
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
  let timer: NodeJS.Timeout | undefined;
  try {
    const { messageCount } = await channel.checkQueue(queue);
    if (messageCount === 0) return [];
    const newest: Message[] = [];
    let count = 0;
    const read = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, READ_DEADLINE_MS);
      const onMessage = (message: Message | null): void => {
        if (message !== null) newest.push(message);
        if (newest.length > limit) newest.shift();
        count += 1;
        if (message === null || count === messageCount) resolve();
      };
      void withoutConsumerSpans(channel.consume)
        .call(channel, queue, onMessage)
        .catch(() => resolve());
    });
    await read;
    return newest.reverse().map(toDeadLetter);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === NOT_FOUND) return [];
    throw error;
  } finally {
    clearTimeout(timer);
    await channel.close().catch(() => {});
  }
}
