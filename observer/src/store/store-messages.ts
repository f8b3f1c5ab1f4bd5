import type { CallHistoryCalls } from "./call-history.ts";
import type { EndpointHistoryCalls } from "./endpoint-history.ts";
import type { StoredRow } from "./queries/stored-rows.ts";
import type { RollupRow, RollupSearch } from "./rollups/rollup-row.ts";
import type { RecordKind } from "./segments/segment-schema.ts";
import type { SegmentSettings } from "./segments/segment-set.ts";
import type { StoreErrorCode } from "./store-error.ts";
import type { TraceSearch, TraceSummary } from "./trace-store.ts";

/** What the worker is started with. */
export interface WorkerSettings extends SegmentSettings {
  readonly journalDirectory: string;
  /** Rows become readable at the latest so long after they were written to the journal. */
  readonly commitIntervalMs: number;
  readonly maxRowsPerCommit: number;
  /** Of the `CommitSignal`. */
  readonly committed: SharedArrayBuffer;
}

/** What can be asked of the worker, with what it answers. */
export interface StoreCalls extends EndpointHistoryCalls, CallHistoryCalls {
  selectTrace: { args: { kind: "spans" | "logs"; traceId: string }; answer: StoredRow[] };
  readRollups: { args: RollupSearch; answer: RollupRow[] };
  lastRollup: { args: null; answer: number };
  searchTraces: { args: TraceSearch; answer: TraceSummary[] };
  /** Begins to read rows of one kind that arrived at or after `sinceMs`, the last `maxRows` of them. Answers an id for what follows. */
  openRecent: { args: { kind: RecordKind; sinceMs: number; maxRows: number }; answer: number };
  /** The next rows, oldest first; none when all were read. */
  nextRecent: { args: { id: number }; answer: StoredRow[] };
  closeRecent: { args: { id: number }; answer: null };
  stats: { args: null; answer: StoreWorkerStats };
  housekeep: { args: null; answer: null };
  /** Closes the open segment now and waits for it; for tests and for a backup. */
  closeSegment: { args: null; answer: null };
}

export interface StoreWorkerStats {
  /** Committed rows of all segments that are kept. */
  readonly rows: Readonly<Record<RecordKind, number>>;
  readonly openRows: number;
  readonly openBytes: number;
  readonly closedSegments: number;
  readonly closedBytes: number;
  readonly removedSegments: number;
  readonly skippedEntries: number;
}

export type CallName = keyof StoreCalls;

export type ToWorker =
  | { readonly type: "committed" }
  | { readonly type: "call"; readonly id: number; readonly name: CallName; readonly args: unknown }
  | { readonly type: "close" };

export type FromWorker =
  | { readonly type: "ready"; readonly storedNumber: number }
  | { readonly type: "stored"; readonly number: number }
  | { readonly type: "answer"; readonly id: number; readonly answer: unknown }
  | {
      readonly type: "failure";
      readonly id: number | undefined;
      readonly code: StoreErrorCode;
      readonly message: string;
    }
  | { readonly type: "closed" };
