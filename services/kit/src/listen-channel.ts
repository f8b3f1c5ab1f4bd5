import pg from "pg";
import { type PostgresOptions, toClientConfig } from "./postgres.ts";

/**
 * Listens to a channel of PostgreSQL on a connection of its own, and connects again when it is lost.
 *
 * @param onNotify called for every notification, and after every (re)connection, because some may have been missed
 */
export function listenChannel(
  options: PostgresOptions,
  channel: string,
  onNotify: () => void,
  timing: { reconnectMs?: number } = {},
): AsyncDisposable {
  const reconnectMs = timing.reconnectMs ?? 1_000;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const retryLater = () => {
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      connecting = connect();
    }, reconnectMs);
  };

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      ...toClientConfig(options, `listen ${channel}`, 5_000),
      keepAliveInitialDelayMillis: 10_000,
    });
    fresh.on("error", () => {});
    fresh.on("end", retryLater);
    fresh.on("notification", onNotify);
    try {
      await fresh.connect();
      await fresh.query(`listen ${fresh.escapeIdentifier(channel)}`);
      client = fresh;
      onNotify();
    } catch {
      await fresh.end().catch(() => {});
      retryLater();
    }
  };

  let connecting = connect();
  return {
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(timer);
      await connecting;
      await client?.end().catch(() => {});
    },
  };
}
