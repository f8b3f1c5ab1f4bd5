import { randomUUID } from "node:crypto";
import type { ConfirmChannel, Message } from "amqplib";
import { AppError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { openConfirmChannel, openRabbitmqConnection } from "./connection.ts";
import type { OutgoingMessage } from "./message.ts";
import { declareExchange } from "./topology.ts";
import { withoutProducerSpans } from "./without-spans.ts";

/** A broker confirms within milliseconds; one that does not has trouble, and the outbox tries again. */
const CONFIRM_DEADLINE_MS = 10_000;

export type RabbitmqPublisher = AsyncDisposable & {
  /** Resolves when the broker has stored the message in every queue that is bound; there may be none. */
  toExchange(exchange: string, routingKey: string, message: OutgoingMessage): Promise<void>;
  /** As `toExchange`, but into one queue, which has to be there. */
  toQueue(queue: string, message: OutgoingMessage): Promise<void>;
};

/**
 * Publishes with confirms, over a connection of its own: a broker that is short of disk stops to read from those that
 * publish, and acknowledgements must still come through.
 *
 * @throws AppError `bus.unreachable`; what it returns throws that and `bus.unconfirmed`
 */
export async function openRabbitmqPublisher(options: {
  url: string;
  name: string;
  logger: Pick<Logger, "warn" | "info">;
}): Promise<RabbitmqPublisher> {
  let channel: ConfirmChannel | undefined;
  const returned = new Map<string, (error: AppError) => void>();
  const connection = await openRabbitmqConnection({
    ...options,
    async setUp(model) {
      const next = await openConfirmChannel(model);
      await declareExchange(next);
      next.on("return", ({ fields, properties }: Message) =>
        returned.get(properties.correlationId)?.(unconfirmed(`there is no queue ${fields.routingKey}`)),
      );
      channel = next;
    },
  });

  const send = (exchange: string, routingKey: string, message: OutgoingMessage): Promise<void> =>
    new Promise((resolve, reject) => {
      if (connection.model === undefined || channel === undefined) throw unconfirmed("the broker is away");
      if (connection.isBlocked) throw unconfirmed("the broker is short of disk or memory");
      const timer = setTimeout(
        () => reject(unconfirmed(`no answer within ${CONFIRM_DEADLINE_MS} ms`)),
        CONFIRM_DEADLINE_MS,
      );
      const settle = (error: unknown): void => {
        clearTimeout(timer);
        if (error === null || error === undefined) resolve();
        else reject(unconfirmed(error instanceof Error ? error.message : String(error)));
      };
      try {
        channel.publish(exchange, routingKey, message.content, message.options, settle);
      } catch (error) {
        settle(error);
      }
    });

  return {
    toExchange: (exchange, routingKey, message) =>
      withoutProducerSpans(() => send(exchange, routingKey, message)),
    async toQueue(queue, message) {
      const correlationId = randomUUID();
      const options = { ...message.options, mandatory: true, correlationId };
      // What finds no queue is returned before it is confirmed.
      const refusal = new Promise<never>((_, reject) => returned.set(correlationId, reject));
      try {
        await withoutProducerSpans(() =>
          Promise.race([send("", queue, { content: message.content, options }), refusal]),
        );
      } finally {
        returned.delete(correlationId);
      }
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

export function unconfirmed(why: string): AppError {
  const message = `RabbitMQ did not confirm an event: ${why}. It has to be published again.`;
  return new AppError("unavailable", "bus.unconfirmed", message);
}
