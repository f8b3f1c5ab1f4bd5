import { setTimeout as sleep } from "node:timers/promises";
import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from "amqplib";
import { AppError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { createOutageReport } from "../outage-report.ts";

const HEARTBEAT_SECONDS = 5;
const HANDSHAKE_TIMEOUT_MS = 5_000;
const CLOSE_DEADLINE_MS = 2_000;

/** amqplib's default pause grows to half a minute; a broker is back within seconds as a rule. */
const RECOVERY = { initialDelay: 100, maxDelay: 5_000, maxRetries: Number.POSITIVE_INFINITY };

export type RabbitmqConnection = AsyncDisposable & {
  /** undefined while the broker is away. */
  readonly model: ChannelModel | undefined;
  /** The broker takes nothing at present: low on disk or memory. */
  readonly isBlocked: boolean;
};

export type RabbitmqConnectionOptions = {
  url: string;
  /** Shows in the broker's list of connections. */
  name: string;
  logger: Pick<Logger, "warn" | "info">;
  /** Makes what the connection is for, after every connect; one that fails is tried again with a new connection. */
  setUp(model: ChannelModel): Promise<void>;
};

/**
 * Connects, and again whenever the connection is lost, until disposed.
 *
 * @throws AppError `bus.unreachable` when the first connection fails; afterwards an outage is only logged
 */
export async function openRabbitmqConnection(
  options: RabbitmqConnectionOptions,
): Promise<RabbitmqConnection> {
  const { logger, name } = options;
  const url = new URL(options.url);
  if (!url.searchParams.has("heartbeat")) url.searchParams.set("heartbeat", String(HEARTBEAT_SECONDS));
  const reportOutage = createOutageReport(logger);
  const state: { model: ChannelModel | undefined; isBlocked: boolean; wasLost: boolean } = {
    model: undefined,
    isBlocked: false,
    wasLost: false,
  };
  const setup = async (model: ChannelModel): Promise<void> => {
    // Without a listener an error during the set-up would end the process. It also fails the call in progress.
    model.on("error", () => {});
    await options.setUp(model);
  };
  // The sockets must not live in the context of whoever happened to open the bus.
  const recovering = await context.with(ROOT_CONTEXT, () =>
    connect(url.href, {
      noDelay: true,
      timeout: HANDSHAKE_TIMEOUT_MS,
      clientProperties: { connection_name: name },
      recovery: { ...RECOVERY, initialMaxRetries: 0, waitForConnect: false, setup },
    }),
  );
  recovering.on("connect", (model) => {
    if (state.wasLost) logger.info({ connection: name }, "the bus is back");
    Object.assign(state, { model, isBlocked: false, wasLost: false });
  });
  const onLost = (error: Error): void => {
    if (state.model === undefined && !state.wasLost) return;
    Object.assign(state, { model: undefined, wasLost: true });
    reportOutage(error);
  };
  recovering.on("disconnect", onLost);
  recovering.on("connect-failed", onLost);
  recovering.on("error", onLost);
  recovering.on("blocked", (reason) => {
    state.isBlocked = true;
    logger.warn({ reason, connection: name }, "RabbitMQ takes no events at present; they wait in the outbox");
  });
  recovering.on("unblocked", () => {
    state.isBlocked = false;
  });
  try {
    await recovering.waitForConnect();
  } catch (cause) {
    throw toUnreachable(options.url, cause);
  }
  return {
    get model() {
      return state.model;
    },
    get isBlocked() {
      return state.isBlocked;
    },
    async [Symbol.asyncDispose]() {
      state.model = undefined;
      state.wasLost = false;
      // A broker that froze never says good-bye; its silence ends the connection a little later.
      await Promise.race([
        recovering.close().catch(() => {}),
        sleep(CLOSE_DEADLINE_MS, undefined, { ref: false }),
      ]);
    },
  };
}

/** A channel that lives as long as its connection: when it alone ends, the connection is made anew, with all that is on it. */
export async function openChannel(model: ChannelModel): Promise<Channel> {
  return endWith(model, await model.createChannel());
}

/** As `openChannel`, with publisher confirms. */
export async function openConfirmChannel(model: ChannelModel): Promise<ConfirmChannel> {
  return endWith(model, await model.createConfirmChannel());
}

function endWith<Kind extends Channel>(model: ChannelModel, channel: Kind): Kind {
  channel.on("error", () => {});
  channel.on("close", () => void model.close().catch(() => {}));
  return channel;
}

/** What the broker says about a refusal stands in the cause; a password never does. */
export function toUnreachable(url: string, cause: unknown): AppError {
  const { host, pathname } = new URL(url);
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  const message = `the bus at ${host}${pathname} cannot be used: ${why}. Start it, or set BUS_URL.`;
  return new AppError("unavailable", "bus.unreachable", message, { cause });
}
