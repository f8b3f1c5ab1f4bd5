import { Redis } from "ioredis";
import type { Logger } from "../logger.ts";

/** A cache that takes longer than this is none. */
const COMMAND_TIMEOUT_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_PAUSE_MAX_MS = 2_000;

export type RedisConnection = AsyncDisposable & { readonly client: Redis };

/**
 * A connection to Redis for what may be missing: while it is away commands fail at once and nothing waits for it. It is
 * made again by itself. Opening never fails: a Redis that is away at the start is away.
 *
 * @param options.name shows in the server's list of clients
 */
export function openRedis(options: {
  url: string;
  name: string;
  logger: Pick<Logger, "warn" | "info">;
}): RedisConnection {
  const { logger } = options;
  const client = new Redis(options.url, {
    connectionName: options.name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    // What was sent when the connection broke fails then and there.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, RECONNECT_PAUSE_MAX_MS),
  });
  let isAway = false;
  let isClosing = false;
  const onAway = (reason: string): void => {
    if (isAway || isClosing) return;
    isAway = true;
    logger.warn({ reason }, "Redis is away; nothing waits for it");
  };
  // The message alone: the error carries the command, and that of a refused login its password.
  client.on("error", (error: Error) => onAway(error.message));
  client.on("close", () => onAway("the connection was closed"));
  client.on("ready", () => {
    if (isAway) logger.info("Redis is back");
    isAway = false;
  });
  return {
    client,
    async [Symbol.asyncDispose]() {
      isClosing = true;
      client.disconnect();
    },
  };
}
