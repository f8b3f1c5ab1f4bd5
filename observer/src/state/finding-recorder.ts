import { setTimeout } from "node:timers/promises";
import type { Logger } from "@kontor/kit/logger";
import type { DiagnosedDetections, RecordedDetections } from "./record-detections.ts";

export interface FindingRecorder extends AsyncDisposable {
  /** Takes what was detected, and returns at once. Traces without detections are passed over. */
  add(diagnosed: DiagnosedDetections): void;
  /** Traces that wait to be stored. */
  readonly waiting: number;
  /** Traces given up because too many waited. */
  readonly lost: number;
}

export interface FindingRecorderOptions {
  /** Stores all or nothing. */
  readonly record: (diagnosed: readonly DiagnosedDetections[]) => Promise<RecordedDetections>;
  readonly isRefusal: (error: unknown) => boolean;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  readonly onRecorded?: (recorded: RecordedDetections) => void;
  /** How long detections are gathered, and the longest pause while the database is away; default 500 ms and 10 s. */
  readonly pauseMs?: { readonly first: number; readonly longest: number };
  /** Default 10,000 traces; beyond it the oldest are given up, and counted. */
  readonly waitingMax?: number;
}

const BATCH_MAX = 1_000;

/** Stores detections in the background, in batches, for as long as it takes: the diagnosis never waits for the database. */
export function startFindingRecorder(options: FindingRecorderOptions): FindingRecorder {
  const { record, logger } = options;
  const pauseMs = options.pauseMs ?? { first: 500, longest: 10_000 };
  const waitingMax = options.waitingMax ?? 10_000;
  const stop = new AbortController();
  let waiting: DiagnosedDetections[] = [];
  let lost = 0;
  let failures = 0;

  const recordBatch = async (batch: readonly DiagnosedDetections[]): Promise<void> => {
    try {
      const recorded = await record(batch);
      options.onRecorded?.(recorded);
    } catch (error) {
      if (!options.isRefusal(error)) throw error;
      // One trace that cannot be stored must not hold up the others.
      if (batch.length > 1) for (const one of batch) await recordBatch([one]);
      else
        logger.error(
          { error, traceId: batch[0]?.traceId },
          "PostgreSQL refuses the findings of a trace; they are left out",
        );
    }
  };
  const recordWaiting = async (): Promise<void> => {
    const batch = waiting.slice(0, BATCH_MAX);
    if (batch.length === 0) return;
    try {
      await recordBatch(batch);
      const done = new Set(batch);
      waiting = waiting.filter((one) => !done.has(one));
      if (failures > 0) logger.info({ attempts: failures }, "PostgreSQL takes findings again");
      failures = 0;
    } catch (error) {
      if (failures === 0) logger.warn({ error }, "PostgreSQL does not take findings; they wait in memory");
      failures++;
    }
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const ms = Math.min(pauseMs.first * 2 ** failures, pauseMs.longest);
      // Rejects when the recorder is stopped, which the loop sees by itself.
      await setTimeout(ms, undefined, { signal: stop.signal }).catch(() => {});
      await recordWaiting();
    }
  };
  const running = run();
  return {
    add(diagnosed) {
      if (diagnosed.detections.length === 0) return;
      waiting.push(diagnosed);
      if (waiting.length <= waitingMax) return;
      waiting.shift();
      lost++;
    },
    get waiting() {
      return waiting.length;
    },
    get lost() {
      return lost;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
