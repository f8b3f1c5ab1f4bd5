import type { RollupBatch, RollupRow } from "./rollup-row.ts";

export interface RollupOptions {
  readonly source: { rollUp(endMs: number): readonly RollupRow[] };
  readonly journal: { append(batch: RollupBatch): Promise<void> };
  /** End of the last minute that is stored; 0 for none. */
  readonly lastMinuteMs: number;
  /** How far back windows were filled: minutes before it are not known. */
  readonly filledSinceMs: number;
  readonly nowMs: () => number;
  /** Between two looks at the clock; 5 s when left out. */
  readonly intervalMs?: number;
  /** Told why a minute could not be kept; it is tried again while the windows still have it. */
  readonly onError: (error: unknown) => void;
}

const minuteMs = 60_000;
/** Points that come later than this after the end of their minute are not in its rollup. */
const graceMs = 15_000;
const reachMs = 300_000;

/**
 * Keeps one row per subject and minute, from the same windows that the rules read. A minute is rolled up once, 15 s after its end;
 * after a start the minutes that the windows were filled with and that are not stored yet are made up for.
 */
export function startRollups(options: RollupOptions): Disposable {
  const { nowMs } = options;
  const firstWholeMs = Math.ceil(options.filledSinceMs / minuteMs) * minuteMs + minuteMs;
  let nextMs = Math.max(options.lastMinuteMs + minuteMs, firstWholeMs);
  let isRunning = false;

  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    try {
      // What is older than the windows reach is lost; that takes a disk that is full for minutes.
      nextMs = Math.max(nextMs, Math.floor((nowMs() - reachMs) / minuteMs) * minuteMs);
      while (nextMs + graceMs <= nowMs()) {
        const rows = options.source.rollUp(nextMs);
        if (rows.length > 0) await options.journal.append({ kind: "rollups", receivedAtMs: nowMs(), rows });
        nextMs += minuteMs;
      }
    } catch (error) {
      options.onError(error);
    } finally {
      isRunning = false;
    }
  }

  const timer = setInterval(() => void run(), options.intervalMs ?? 5_000).unref();
  return {
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
