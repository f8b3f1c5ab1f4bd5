import { DatabaseAwayError } from "@kontor/kit/database-away";
import { AppError } from "@kontor/kit/errors";
import type { Logger } from "@kontor/kit/logger";
import { migrate } from "@kontor/kit/migrate";
import { type Database, openPostgres, type PostgresOptions } from "@kontor/kit/postgres";
import { pause } from "./pause.ts";

/** The schema `observer`, used as soon as it is there: the observer starts, decides and notifies while PostgreSQL is away. */
export interface State extends AsyncDisposable {
  readonly db: Database;
  /**
   * Runs a query when the schema is there.
   *
   * @throws AppError `state.unavailable` (503) before the first connection and when the database does not answer
   */
  run<T>(query: (db: Database) => Promise<T>): Promise<T>;
  /** Resolves when the schema is there, or the observer stops. */
  readonly ready: Promise<void>;
  readonly isReady: boolean;
}

export function openState(options: PostgresOptions, logger: Pick<Logger, "info" | "warn">): State {
  const stop = new AbortController();
  const db = openPostgres({ ...options, applicationName: "observer" });
  const directory = new URL("../../migrations/", import.meta.url);
  let isReady = false;

  const ready = (async () => {
    for (let attempt = 1; !stop.signal.aborted; attempt++) {
      try {
        await migrate({ database: options, schema: "observer", directory, log: (line) => logger.info(line) });
        isReady = true;
        if (attempt > 1) logger.info({ attempt }, "PostgreSQL is there");
        return;
      } catch (error) {
        if (attempt === 1)
          logger.warn({ error }, "PostgreSQL is away; the observer goes on from its data folder");
        await pause(1_000, stop.signal);
      }
    }
  })();
  return {
    db,
    ready,
    get isReady() {
      return isReady;
    },
    async run(query) {
      if (!isReady) throw unavailable();
      try {
        return await query(db);
      } catch (error) {
        throw error instanceof DatabaseAwayError ? unavailable(error) : error;
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ready;
      await db[Symbol.asyncDispose]();
    },
  };
}

function unavailable(cause?: unknown): AppError {
  const message =
    "The observer's database does not answer. Alerts and traces are served; try findings and reports again soon.";
  return new AppError("unavailable", "state.unavailable", message, { retryAfterSeconds: 2, cause });
}
