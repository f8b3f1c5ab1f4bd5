import { setTimeout as wait } from "node:timers/promises";
import { type Database, inTransaction } from "@kontor/kit/postgres";
import { lockAllBalances } from "./stocktaking.repo.ts";

/** How long one count keeps its locks: who comes at the wrong moment waits as long. */
const HELD_MS = 900;

export type Stocktaking = { start(): void; stop(): void };

/**
 * FAULT lock-wait: a job that counts the stock again and again, each time in a transaction that locks every balance and
 * keeps it locked while it waits for the counters' answer. Placing, confirming and cancelling orders wait with it.
 */
export function createStocktaking(db: Database, onError: (error: unknown) => void): Stocktaking {
  let stopping: AbortController | undefined;
  const countUntil = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await inTransaction(db, async (tx) => {
        await lockAllBalances(tx);
        await wait(HELD_MS, undefined, { signal }).catch(() => undefined);
      });
    }
  };
  return {
    start() {
      stopping = new AbortController();
      countUntil(stopping.signal).catch(onError);
    },
    stop() {
      stopping?.abort();
      stopping = undefined;
    },
  };
}
