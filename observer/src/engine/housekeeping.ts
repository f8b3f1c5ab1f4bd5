import type { Logger } from "@kontor/kit/logger";
import type { Configuration } from "../config/configuration.ts";
import { removeOldState } from "../state/remove-old.ts";
import type { State } from "./open-state.ts";

export interface HousekeepingOptions {
  readonly state: State;
  readonly retention: () => Configuration["retention"];
  readonly logger: Pick<Logger, "warn">;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Once an hour: removes from the database what is past its retention. Reports read as far back as rollups are kept. */
export function startHousekeeping({ state, retention, logger }: HousekeepingOptions): Disposable {
  const tidy = (): void => {
    const nowMs = Date.now();
    const keptMs = nowMs - retention().rollupsDays * dayMs;
    state
      .run((db) =>
        removeOldState(db, {
          occurrencesBeforeMs: nowMs - retention().spansHours * hourMs,
          transitionsBeforeMs: keptMs,
          deliveriesBeforeMs: keptMs,
          silencesBeforeMs: keptMs,
          reportsBeforeMs: keptMs,
        }),
      )
      .catch((error) => logger.warn({ error }, "old state cannot be removed; it is tried again in an hour"));
  };
  const timer = setInterval(tidy, hourMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
