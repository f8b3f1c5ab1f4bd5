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
/** And for so many times as long as it took. */
const restFactor = 4;

interface Kept {
  readonly lengthMs: number;
  /** Ends now, and so moves on with every question. */
  readonly isLive: boolean;
  readonly endMs: number;
  readonly answer: Promise<ReadCalls>;
  isFresh(): boolean;
}

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
  let kept: readonly Kept[] = [];
  return ({ fromMs, toMs }) => {
    const lengthMs = toMs - fromMs;
    const stepMs = Math.max(stepMsMin, Math.round(lengthMs * stepShare));
    const settledToMs = now() - settledMs;
    const isLive = toMs >= settledToMs;
    const endMs = Math.floor(Math.min(toMs, settledToMs) / stepMs) * stepMs;
    kept = kept.filter(({ isFresh }) => isFresh());
    const known = kept.find(
      (one) => one.lengthMs === lengthMs && one.isLive === isLive && (isLive || one.endMs === endMs),
    );
    if (known !== undefined) return known.answer;
    const range = { fromMs: endMs - lengthMs, toMs: endMs };
    const startedMs = now();
    let freshUntilMs = Number.POSITIVE_INFINITY;
    const answer = history
      .listCalls({ ...range, spansMax, groupsMax })
      .then((map) => {
        // A store that is slow to answer is asked the more rarely.
        freshUntilMs = now() + Math.max(stepMs, restFactor * (now() - startedMs));
        return { ...range, map };
      })
      .catch((error: unknown) => {
        freshUntilMs = 0;
        if (!(error instanceof StoreError)) throw error;
        throw new AppError(
          "unavailable",
          "service_map.store_away",
          `Calls cannot be read now: ${error.message} Try again in a few seconds.`,
          { cause: error },
        );
      });
    kept = [...kept, { ...{ lengthMs, isLive, endMs, answer }, isFresh: () => now() < freshUntilMs }].slice(
      -keptMax,
    );
    return answer;
  };
}
