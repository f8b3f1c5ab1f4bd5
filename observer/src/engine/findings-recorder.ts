import type { Logger } from "@kontor/kit/logger";
import type { DiagnosedTrace } from "../diagnosis/trace-buffer.ts";

export interface RecordedTrace {
  readonly traceId: string;
  readonly atMs: number;
  readonly detections: DiagnosedTrace["explanation"]["detections"];
}

export interface FindingsRecorder extends AsyncDisposable {
  add(trace: DiagnosedTrace): void;
  readonly waitingCount: number;
  /** Traces given up because the database was away for too long. */
  readonly lostCount: number;
}

export interface FindingsRecorderOptions {
  /** Stores in one transaction; told of a trace twice, it counts it once. */
  readonly store: (traces: readonly RecordedTrace[]) => Promise<void>;
  readonly logger: Pick<Logger, "warn" | "info">;
  readonly intervalMs?: number;
  readonly waitingMax?: number;
}

const batchMax = 200;

/** Hands what traces show to the database, in batches; keeps it while the database is away, up to a bound. */
export function createFindingsRecorder(options: FindingsRecorderOptions): FindingsRecorder {
  const { logger } = options;
  const waitingMax = options.waitingMax ?? 5_000;
  const waiting: RecordedTrace[] = [];
  let lostCount = 0;
  let isFailing = false;
  let running: Promise<void> | undefined;

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchMax);
      try {
        await options.store(batch);
      } catch (error) {
        if (!isFailing)
          logger.warn({ error, waiting: waiting.length }, "findings cannot be stored; they wait");
        isFailing = true;
        return;
      }
      waiting.splice(0, batch.length);
      if (isFailing) logger.info("findings are stored again");
      isFailing = false;
    }
  };
  const start = (): Promise<void> => {
    running ??= flush().finally(() => {
      running = undefined;
    });
    return running;
  };
  const timer = setInterval(() => void start(), options.intervalMs ?? 500);
  return {
    add({ traceId, atMs, explanation }) {
      if (explanation.detections.length === 0) return;
      if (waiting.length >= waitingMax) {
        waiting.shift();
        lostCount += 1;
      }
      waiting.push({ traceId, atMs, detections: explanation.detections });
    },
    get waitingCount() {
      return waiting.length;
    },
    get lostCount() {
      return lostCount;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await start();
    },
  };
}
