import { AppError } from "@kontor/kit/errors";
import type { CallHistory, CallMap } from "../../store/call-history.ts";
import type { HistoryRange } from "../../store/endpoint-history.ts";
import { StoreError } from "../../store/store-error.ts";

/** Calls of a range, with the ends that were taken. */
export interface ReadCalls extends HistoryRange {
  readonly map: CallMap;
}

const spansMax = 100_000;
const groupsMax = 5_000;
const keptMax = 8;
/** A caller's span ends and arrives after the one it called: what is younger would seem to come from nowhere. */
const settledMs = 10_000;
const stepMsMin = 5_000;
/** An answer holds for this share of its range. */
const stepShare = 0.01;

/**
 * Who called whom, from the store. Everybody who looks at the same range gets the same answer for a while, so that many open pages ask
 * the store no more often than one.
 *
 * @returns a function that throws AppError `service_map.store_away` while the store cannot be asked
 */
export function createReadCalls(
  history: CallHistory,
  now: () => number,
): (range: HistoryRange) => Promise<ReadCalls> {
  const kept = new Map<string, Promise<ReadCalls>>();
  return ({ fromMs, toMs }) => {
    const lengthMs = toMs - fromMs;
    const stepMs = Math.max(stepMsMin, Math.round(lengthMs * stepShare));
    const endMs = Math.floor(Math.min(toMs, now() - settledMs) / stepMs) * stepMs;
    const key = `${lengthMs} ${endMs}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const range = { fromMs: endMs - lengthMs, toMs: endMs };
    const asked = history
      .listCalls({ ...range, spansMax, groupsMax })
      .then((map) => ({ ...range, map }))
      .catch((error: unknown) => {
        kept.delete(key);
        if (!(error instanceof StoreError)) throw error;
        throw new AppError(
          "unavailable",
          "service_map.store_away",
          `Calls cannot be read now: ${error.message} Try again in a few seconds.`,
          { cause: error },
        );
      });
    kept.set(key, asked);
    for (const old of [...kept.keys()].slice(0, -keptMax)) kept.delete(old);
    return asked;
  };
}
