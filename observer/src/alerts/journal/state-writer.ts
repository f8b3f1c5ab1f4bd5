import { setTimeout } from "node:timers/promises";
import type { Logger } from "@kontor/kit/logger";
import type { AlertJournal, NumberedRecord } from "./alert-journal.ts";
import type { AlertRecord } from "./alert-record.ts";

export interface StateWriterOptions {
  readonly journal: AlertJournal;
  /** Stores all records in one transaction; told some of them twice it stores them once. */
  readonly store: (records: readonly AlertRecord[]) => Promise<void>;
  /** Whether the database looked at the record and refuses it, so that no repetition can help. */
  readonly isRefusal: (error: unknown) => boolean;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  /** First and longest pause between attempts; default 250 ms and 10 s. */
  readonly pauseMs?: { readonly first: number; readonly longest: number };
}

const BATCH_MAX = 500;

/** Tells PostgreSQL what the journal says, in order, for as long as it takes. */
export function startStateWriter(options: StateWriterOptions): AsyncDisposable {
  const { journal, store, logger } = options;
  const pauseMs = options.pauseMs ?? { first: 250, longest: 10_000 };
  const stop = new AbortController();

  const storeOneByOne = async (batch: readonly NumberedRecord[]) => {
    for (const { number, record } of batch) {
      try {
        await store([record]);
      } catch (error) {
        if (!options.isRefusal(error)) throw error;
        logger.error({ error, record }, "PostgreSQL refuses an alert record; it is left out");
      }
      journal.markStored(number);
    }
  };
  const storeBatch = async () => {
    const batch = journal.listUnstored(BATCH_MAX);
    const last = batch.at(-1);
    if (last === undefined) return;
    try {
      await store(batch.map(({ record }) => record));
      journal.markStored(last.number);
    } catch (error) {
      // One record that cannot be stored must not hold up those behind it.
      if (!options.isRefusal(error)) throw error;
      await storeOneByOne(batch);
    }
  };
  const run = async () => {
    let failures = 0;
    while (!stop.signal.aborted) {
      await journal.waitForUnstored(stop.signal);
      try {
        await storeBatch();
        if (failures > 0) logger.info({ attempts: failures }, "PostgreSQL takes alert records again");
        failures = 0;
      } catch (error) {
        if (failures === 0)
          logger.warn({ error }, "PostgreSQL does not take alert records; they wait in the journal");
        failures++;
        await pause(Math.min(pauseMs.first * 2 ** (failures - 1), pauseMs.longest), stop.signal);
      }
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Rejects when the writer is stopped, which its loop sees by itself.
  await setTimeout(ms, undefined, { signal }).catch(() => {});
}
