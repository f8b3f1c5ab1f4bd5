import { listenChannel } from "../listen-channel.ts";
import type { Logger } from "../logger.ts";
import { type Database, inTransaction } from "../postgres.ts";
import type { Bus } from "./bus.ts";
import { removeEvents, takeEvents } from "./outbox.ts";

export type OutboxRelayOptions = {
  db: Database;
  schema: string;
  bus: Pick<Bus, "publish">;
  logger: Pick<Logger, "warn" | "info">;
  /** Events handed over in one transaction; default 200. */
  batchSize?: number;
  /** How long the relay sleeps when nothing wakes it; default 1,000. */
  pollMs?: number;
};

const FAILURE_PAUSE_MAX_MS = 5_000;

/**
 * Hands the events of a schema's outbox to the bus, in order, as soon as they are committed (LISTEN) and at the latest
 * after `pollMs`. An event leaves the outbox in the transaction that saw the bus take it: whoever is killed when, it is
 * published at least once. Repeats have the same id.
 */
export function startOutboxRelay(options: OutboxRelayOptions): AsyncDisposable {
  const { db, schema, logger } = options;
  const batchSize = options.batchSize ?? 200;
  const pollMs = options.pollMs ?? 1_000;
  const stop = new AbortController();
  let wake: (() => void) | undefined;
  let isWoken = true;
  const awaken = () => {
    isWoken = true;
    wake?.();
  };
  const sleep = (ms: number, interruptible: boolean) =>
    new Promise<void>((done) => {
      if (stop.signal.aborted || (interruptible && isWoken)) return done();
      const finish = () => {
        clearTimeout(timer);
        stop.signal.removeEventListener("abort", finish);
        wake = undefined;
        done();
      };
      const timer = setTimeout(finish, ms);
      if (interruptible) wake = finish;
      stop.signal.addEventListener("abort", finish);
    });

  const run = async () => {
    let failures = 0;
    while (!stop.signal.aborted) {
      isWoken = false;
      try {
        const { taken, failed } = await relayBatch(options, schema, batchSize);
        if (failed !== undefined) throw failed;
        if (failures > 0) logger.info({ schema }, "outbox relay works again");
        failures = 0;
        if (taken < batchSize) await sleep(pollMs, true);
      } catch (error) {
        // Told once: an outage of minutes would fill the log.
        if (failures === 0)
          logger.warn({ err: error, schema }, "outbox relay cannot hand over events; it keeps trying");
        failures += 1;
        await sleep(Math.min(100 * 2 ** failures, FAILURE_PAUSE_MAX_MS), false);
      }
    }
  };

  const listener = listenChannel(db.options, `outbox_${schema}`, awaken);
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await listener[Symbol.asyncDispose]();
      await running;
    },
  };
}

/** @returns how many were taken, and why one of them could not be published; the others have left the outbox */
async function relayBatch(
  options: OutboxRelayOptions,
  schema: string,
  batchSize: number,
): Promise<{ taken: number; failed?: unknown }> {
  return inTransaction(options.db, async (tx) => {
    const batch = await takeEvents(tx, schema, batchSize);
    if (batch.length === 0) return { taken: 0 };
    const results = await Promise.allSettled(batch.map(({ event }) => options.bus.publish(event)));
    const published = batch.filter((_, index) => results[index]?.status === "fulfilled");
    if (published.length > 0) {
      await removeEvents(
        tx,
        schema,
        published.map(({ position }) => position),
      );
    }
    const failure = results.find((result) => result.status === "rejected");
    return failure === undefined ? { taken: batch.length } : { taken: batch.length, failed: failure.reason };
  });
}
