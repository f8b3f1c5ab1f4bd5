import type { Logger } from "@kontor/kit/logger";
import type { TraceBuffer } from "../diagnosis/trace-buffer.ts";
import type { Batch } from "../store/batch.ts";
import type { PointRecord } from "../store/point-record.ts";
import type { Store } from "../store/store.ts";
import type { StreamSource } from "../store/windows/stream-source.ts";
import type { ServiceRegister } from "./service-register.ts";

export interface Intake {
  /** What ingest accepted, in the order in which it became safe. */
  take(batch: Batch): void;
  /** The observer's own points: journaled and taken like those of senders. */
  accept(points: readonly PointRecord[]): Promise<void>;
  /** Fills windows, register and trace buffer with what was stored before the start. */
  refill(nowMs: number): Promise<void>;
}

export interface IntakeOptions {
  readonly store: Store;
  readonly source: StreamSource;
  readonly traceBuffer: TraceBuffer;
  readonly register: ServiceRegister;
  /** How far windows look back. */
  readonly windowMs: number;
  /** How far the trace buffer looks back: what was not diagnosed yet when the process ended. */
  readonly tracesMs: number;
  readonly logger: Pick<Logger, "info">;
}

/** Where accepted telemetry goes, besides the disk. */
export function createIntake(options: IntakeOptions): Intake {
  const { store, source, traceBuffer, register } = options;
  const feed = (batch: Batch): void => {
    register.note(batch);
    source.addBatch(batch);
  };
  return {
    take(batch) {
      feed(batch);
      if (batch.kind === "spans") traceBuffer.add(batch.spans, batch.receivedAtMs);
    },
    async accept(points) {
      const receivedAtMs = points[0]?.receivedAtMs ?? 0;
      const batch: Batch = { kind: "points", receivedAtMs, points };
      await store.journal.append(batch);
      feed(batch);
    },
    async refill(nowMs) {
      let batches = 0;
      const sinceMs = nowMs - options.windowMs;
      await store.caughtUp();
      for await (const batch of store.recentBatches("points", sinceMs)) {
        feed(batch);
        batches += 1;
      }
      for await (const batch of store.recentBatches("spans", sinceMs)) {
        feed(batch);
        if (batch.kind === "spans" && batch.receivedAtMs >= nowMs - options.tracesMs)
          traceBuffer.add(batch.spans, nowMs);
        batches += 1;
      }
      if (batches > 0) options.logger.info({ batches }, "windows are filled with what was stored");
    },
  };
}
