import { setTimeout as sleep } from "node:timers/promises";
import type { Channel, ChannelModel, Message } from "amqplib";
import type { Logger } from "../../logger.ts";
import type { EventEnvelope, EventHandler } from "../bus.ts";
import type { BusTelemetry } from "../bus-telemetry.ts";
import { type BusRetry, isBeyondRetry, toPauseMs } from "../retry.ts";
import { openChannel } from "./connection.ts";
import { readEvent, readFailureCount, toFailedMessage } from "./message.ts";
import type { RabbitmqPublisher } from "./publisher.ts";
import { type ConsumerQueues, declareQueues } from "./topology.ts";
import { withoutConsumerSpans } from "./without-spans.ts";

/** Events in the hands of one process, for each consumer. */
const PREFETCH = 20;
const MOVE_PAUSE_MS = 1_000;
const DRAIN_DEADLINE_MS = 5_000;

export type SubscriptionOptions = {
  queues: ConsumerQueues;
  consumer: string;
  handler: EventHandler;
  retry: BusRetry;
  telemetry: BusTelemetry;
  publisher: Pick<RabbitmqPublisher, "toQueue">;
  logger: Pick<Logger, "warn" | "info">;
};

/** One consumer of one event in this process, across all the connections it has in its life. */
export class RabbitmqSubscription {
  readonly #options: SubscriptionOptions;
  /** Outlives a connection: what comes again must wait for its neighbour that is still in hand. */
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #inHand = new Set<Promise<void>>();
  #channel: Channel | undefined;
  #consumerTag = "";
  #isClosing = false;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
  }

  get queues(): ConsumerQueues {
    return this.#options.queues;
  }

  get consumer(): string {
    return this.#options.consumer;
  }

  /** Begins to consume over a new connection. What the old one delivered comes again. */
  async attach(model: ChannelModel): Promise<void> {
    const channel = await openChannel(model);
    await declareQueues(model, channel, this.queues);
    await channel.prefetch(PREFETCH);
    channel.on("close", () => {
      if (this.#channel === channel) this.#channel = undefined;
    });
    this.#channel = channel;
    const onMessage = (message: Message | null): void => {
      // The broker ended the consumer, as it does when somebody deletes the queue: connecting again makes it anew.
      if (message === null) void model.close().catch(() => {});
      else this.#receive(channel, message);
    };
    const consume = withoutConsumerSpans(channel.consume);
    this.#consumerTag = (await consume.call(channel, this.queues.main, onMessage)).consumerTag;
  }

  /** Takes nothing more and waits for what is in hand, at most 5 s. */
  async drain(): Promise<void> {
    this.#isClosing = true;
    await this.#channel?.cancel(this.#consumerTag).catch(() => {});
    await Promise.race([Promise.all(this.#inHand), sleep(DRAIN_DEADLINE_MS, undefined, { ref: false })]);
  }

  /** Events of one ordering key one after the other, different keys side by side. */
  #receive(channel: Channel, message: Message): void {
    const event = readEvent(message);
    if (event === undefined) {
      this.#settle(channel, () => channel.reject(message, false));
      return;
    }
    const key = event.orderingKey;
    const before = (key === undefined ? undefined : this.#lanes.get(key)) ?? Promise.resolve();
    const work = before.then(() => this.#take(channel, message, event));
    this.#inHand.add(work);
    if (key !== undefined) this.#lanes.set(key, work);
    void work.then(() => {
      this.#inHand.delete(work);
      if (key !== undefined && this.#lanes.get(key) === work) this.#lanes.delete(key);
    });
  }

  /** Never rejects. */
  async #take(channel: Channel, message: Message, event: EventEnvelope): Promise<void> {
    // Its connection ended while it waited, or the process is about to: it comes again.
    if (channel !== this.#channel || this.#isClosing) return;
    const { telemetry, consumer, handler } = this.#options;
    try {
      await telemetry.process(event, consumer, () => handler(event));
    } catch (error) {
      if (!(await this.#moveAside(channel, message, event, error))) return;
    }
    this.#settle(channel, () => channel.ack(message));
  }

  /**
   * Puts a failed event into the queue of its pause, or to the dead letters. Keeps trying: until the event is stored
   * there it stays in hand, so that it is in one place or the other, or in both for a moment, and never in none.
   *
   * @returns false when the connection ended first; the event then comes again
   */
  async #moveAside(
    channel: Channel,
    message: Message,
    event: EventEnvelope,
    error: unknown,
  ): Promise<boolean> {
    const { publisher, logger } = this.#options;
    const count = readFailureCount(message) + 1;
    const target = this.#findTarget(count, error);
    let attempt = 0;
    while (channel === this.#channel) {
      attempt += 1;
      try {
        await publisher.toQueue(target, toFailedMessage(event, { count, error, at: new Date() }));
        return true;
      } catch (failure) {
        if (attempt === 1)
          logger.warn({ err: failure, queue: target }, "a failed event cannot be put aside yet");
        if (this.#isClosing) return false;
        await sleep(MOVE_PAUSE_MS);
      }
    }
    return false;
  }

  #findTarget(failureCount: number, error: unknown): string {
    const { queues, retry } = this.#options;
    if (isBeyondRetry(error) || failureCount > retry.limit) return queues.dead;
    const pauseMs = toPauseMs(retry, failureCount);
    return queues.pauses.find((each) => each.pauseMs === pauseMs)?.queue ?? queues.main;
  }

  /** Answers the broker; where the channel is gone there is nobody to answer, and the event comes again. */
  #settle(channel: Channel, answer: () => void): void {
    if (channel !== this.#channel) return;
    try {
      answer();
    } catch {
      // The channel closed in this very moment.
    }
  }
}
