import type { Logger } from "@kontor/kit/logger";
import type { Database } from "@kontor/kit/postgres";
import { pruneKeys } from "./idempotency.repo.ts";

/** Long after any client has given up repeating itself. */
const KEPT_DAYS = 7;
const PRUNE_EVERY_MS = 3_600_000;
const BATCH_ROWS = 10_000;

/** Forgets old idempotency keys, at once and then every hour. A run that fails is logged, and the next one tries again. */
export function startKeyPruning(db: Database, logger: Logger): Disposable {
  const prune = async (): Promise<void> => {
    try {
      while ((await pruneKeys(db, KEPT_DAYS, BATCH_ROWS)) === BATCH_ROWS);
    } catch (error) {
      logger.warn({ err: error }, "old idempotency keys could not be removed");
    }
  };
  void prune();
  const timer = setInterval(() => void prune(), PRUNE_EVERY_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
