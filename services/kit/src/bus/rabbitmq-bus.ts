import type { Channel, ChannelModel } from "amqplib";
import { AppError } from "../errors.ts";
import type { Bus, DeadLetter, EventEnvelope, EventHandler } from "./bus.ts";
import { type BusTelemetry, createBusTelemetry, observeQueueDepth } from "./bus-telemetry.ts";
import type { OpenBusOptions } from "./open-bus.ts";
import {
  openChannel,
  openRabbitmqConnection,
  type RabbitmqConnection,
  toUnreachable,
} from "./rabbitmq/connection.ts";
import { toMessage } from "./rabbitmq/message.ts";
import { openRabbitmqPublisher, type RabbitmqPublisher, unconfirmed } from "./rabbitmq/publisher.ts";
import { readDeadLetters } from "./rabbitmq/read-dead-letters.ts";
import { RabbitmqSubscription } from "./rabbitmq/subscription.ts";
import { EVENTS_EXCHANGE, toConsumerQueues, toDeadQueueName } from "./rabbitmq/topology.ts";
import { defaultRetry } from "./retry.ts";

const SYSTEM = "rabbitmq";
const OTHER_SETTINGS = 406;

/**
 * The bus in RabbitMQ 3.10 or later: a topic exchange, and for each event and consumer a quorum queue, one for its dead
 * letters, and one for each length of pause before a retry.
 *
 * @throws AppError `bus.unreachable`
 */
export async function openRabbitmqBus(options: OpenBusOptions): Promise<Bus> {
  const { url, applicationName, logger } = options;
  const publisher = await openRabbitmqPublisher({ url, logger, name: `${applicationName}-publish` });
  const consumers: Consumers = { subscriptions: [], control: undefined };
  try {
    const connection = await openRabbitmqConnection({
      url,
      logger,
      name: `${applicationName}-consume`,
      async setUp(model) {
        consumers.control = await openChannel(model);
        for (const subscription of consumers.subscriptions) await subscription.attach(model);
      },
    });
    return new RabbitmqBus(options, publisher, connection, consumers);
  } catch (error) {
    await publisher[Symbol.asyncDispose]();
    throw error;
  }
}

type Consumers = {
  readonly subscriptions: RabbitmqSubscription[];
  /** For questions to the broker. */
  control: Channel | undefined;
};

class RabbitmqBus implements Bus {
  readonly #options: OpenBusOptions;
  readonly #publisher: RabbitmqPublisher;
  readonly #connection: RabbitmqConnection;
  readonly #consumers: Consumers;
  readonly #telemetry: BusTelemetry = createBusTelemetry(SYSTEM);
  readonly #depth: Disposable;

  constructor(
    options: OpenBusOptions,
    publisher: RabbitmqPublisher,
    connection: RabbitmqConnection,
    consumers: Consumers,
  ) {
    this.#options = options;
    this.#publisher = publisher;
    this.#connection = connection;
    this.#consumers = consumers;
    this.#depth = observeQueueDepth(SYSTEM, () => this.#readDepths());
  }

  publish(event: EventEnvelope): Promise<void> {
    return this.#telemetry.send(event, async (traced) => {
      // What a broker forgot when it fell is made again with the consumers: an event that comes before them could be nobody's.
      if (this.#connection.model === undefined) throw unconfirmed("the consumers are not back yet");
      await this.#publisher.toExchange(EVENTS_EXCHANGE, traced.name, toMessage(traced));
    });
  }

  async subscribe(name: string, consumer: string, handler: EventHandler): Promise<void> {
    const model = this.#live();
    const retry = this.#options.retry ?? defaultRetry;
    const subscription = new RabbitmqSubscription({
      queues: toConsumerQueues(name, consumer, retry),
      consumer,
      handler,
      retry,
      telemetry: this.#telemetry,
      publisher: this.#publisher,
      logger: this.#options.logger,
    });
    try {
      await subscription.attach(model);
    } catch (cause) {
      throw this.#toRefusal(cause);
    }
    this.#consumers.subscriptions.push(subscription);
  }

  async readDeadLetters(name: string, consumer: string, limit: number): Promise<DeadLetter[]> {
    return readDeadLetters(this.#live(), toDeadQueueName(name, consumer), limit);
  }

  async ping(): Promise<void> {
    this.#live();
    await this.#consumers.control?.checkExchange(EVENTS_EXCHANGE);
  }

  async #readDepths(): Promise<{ event: string; consumer: string; depth: number }[]> {
    this.#live();
    const { control, subscriptions } = this.#consumers;
    return Promise.all(
      subscriptions.map(async ({ queues, consumer }) => {
        const names = [queues.main, ...queues.pauses.map(({ queue }) => queue)];
        const found = await Promise.all(names.map((name) => control?.checkQueue(name)));
        const depth = found.reduce((sum, queue) => sum + (queue?.messageCount ?? 0), 0);
        return { event: queues.event, consumer, depth };
      }),
    );
  }

  /** @throws AppError `bus.unreachable` while the broker is away */
  #live(): ChannelModel {
    const { model } = this.#connection;
    if (model === undefined) throw toUnreachable(this.#options.url, new Error("the connection is lost"));
    return model;
  }

  #toRefusal(cause: unknown): AppError {
    if (!(cause instanceof Error && "code" in cause && cause.code === OTHER_SETTINGS)) {
      return toUnreachable(this.#options.url, cause);
    }
    const message = `RabbitMQ has a queue of this name with other settings: ${cause.message}. Empty and delete that queue, then start again.`;
    return new AppError("conflict", "bus.queue_differs", message, { cause });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#depth[Symbol.dispose]();
    await Promise.all(this.#consumers.subscriptions.map((subscription) => subscription.drain()));
    await this.#connection[Symbol.asyncDispose]();
    await this.#publisher[Symbol.asyncDispose]();
  }
}
