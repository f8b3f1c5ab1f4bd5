import { join } from "node:path";
import type { Batch } from "./batch.ts";
import { type CallHistory, createCallHistory } from "./call-history.ts";
import { CommitSignal } from "./commit-signal.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { createEndpointHistory, type EndpointHistory } from "./endpoint-history.ts";
import { Journal, type JournalSync } from "./journal/journal.ts";
import { readJournal } from "./journal/read-journal.ts";
import type { LogRecord } from "./log-record.ts";
import type { RecentLimits } from "./queries/recent-rows.ts";
import { RecordReader, type StoredRow } from "./queries/stored-rows.ts";
import type { RollupRow, RollupSearch } from "./rollups/rollup-row.ts";
import { StoreClient } from "./store-client.ts";
import { StoreError } from "./store-error.ts";
import type { StoreWorkerStats } from "./store-messages.ts";
import type { TraceStore } from "./trace-store.ts";

export interface StoreOptions {
  readonly dataDirectory: string;
  readonly journalSync?: JournalSync;
  readonly retention?: {
    readonly maxAgeMs?: number;
    readonly maxBytes?: number;
    readonly maxRollupAgeMs?: number;
  };
  /** Of DuckDB, for sorting and buffering. */
  readonly memoryLimitMb?: number;
  /** Rows of a segment before it is closed without waiting for the hour. */
  readonly maxSegmentRows?: number;
  /** What is accepted can be read at the latest so long after. */
  readonly commitIntervalMs?: number;
  /** Of journal entries not yet stored; beyond it ingest is told to hold back. */
  readonly maxLagBytes?: number;
  /** Told of failures that the store recovers from by itself, for the log. */
  readonly onFailure: (error: StoreError) => void;
}

export interface StoreStats extends StoreWorkerStats {
  readonly journalLagBytes: number;
  readonly journalNumber: number;
  readonly storedNumber: number;
  /** Why the segments cannot be asked at the moment, such as a full disk: their numbers are then those of the last answer. */
  readonly failure: string | null;
}

/** Everything the observer keeps of telemetry, in one folder. */
export interface Store extends AsyncDisposable {
  /** Where ingest puts what it accepts. */
  readonly journal: Journal;
  readonly traceStore: TraceStore;
  /** How routes did over time, for reports. */
  readonly endpointHistory: EndpointHistory;
  /** Who called whom over time, for the service map. */
  readonly callHistory: CallHistory;
  /** Secret of this installation, for ingest's keyed hashes. */
  readonly hashKey: Uint8Array;
  getTraceLogs(traceId: string): Promise<readonly LogRecord[]>;
  /**
   * What arrived in the last minutes, from a time on and oldest first: the same batches that ingest handed on. Windows and trace buffer
   * are filled with it after a start, before the first tick. It comes from the journal, which keeps at least what is not stored yet
   * and at most the last 96 MB, so that a start does not take longer the busier it was.
   */
  recentBatches(kind: Batch["kind"], sinceMs: number): AsyncIterable<Batch>;
  /** The same from the segments: as far back as anything is kept, several times slower. One batch per time of arrival. */
  storedBatches(kind: Batch["kind"], sinceMs: number, maxRows?: number): AsyncIterable<Batch>;
  /** One-minute rollups, by minute; they are kept far longer than what they were made of. */
  readRollups(search: RollupSearch): Promise<readonly RollupRow[]>;
  /** End of the newest minute that is rolled up, ms since the epoch; 0 where there is none. */
  lastRollupMs(): Promise<number>;
  /** Resolves when everything appended until now can be read. */
  caughtUp(): Promise<void>;
  /** Removes what is too old or too much now, as the store does by itself every ten seconds. */
  housekeep(): Promise<void>;
  /** Closes the open segment now, so that all there is can be read as Parquet. */
  closeSegment(): Promise<void>;
  /** Answers also while the store starts again after an error. */
  stats(): Promise<StoreStats>;
}

const dayMs = 86_400_000;
const spanIdColumn = 4;
const noStats: StoreWorkerStats = {
  rows: { spans: 0, points: 0, logs: 0 },
  ...{ openRows: 0, openBytes: 0, closedSegments: 0, closedBytes: 0, removedSegments: 0, skippedEntries: 0 },
};

/**
 * Opens the store on a folder, which is made where it is missing. What a former process accepted and had not stored is stored now.
 *
 * @throws StoreError `store.folder_not_writable`, `store.folder_foreign`, `store.folder_newer`, `store.folder_broken` or
 * `store.folder_in_use`, each saying what, where and how to mend it
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const folder = openDataFolder(options.dataDirectory);
  const journalDirectory = toJournalDirectory(folder.directory);
  const signal = new CommitSignal();
  const progress = new Progress();
  let journal: Journal | undefined;
  const { client, storedNumber } = await StoreClient.start(
    {
      dataDirectory: folder.directory,
      journalDirectory,
      memoryLimitMb: options.memoryLimitMb ?? 64,
      maxRows: options.maxSegmentRows ?? 2_000_000,
      maxAgeMs: options.retention?.maxAgeMs ?? 7 * dayMs,
      maxBytes: options.retention?.maxBytes ?? 20 * 1024 ** 3,
      maxRollupAgeMs: options.retention?.maxRollupAgeMs ?? 400 * dayMs,
      commitIntervalMs: options.commitIntervalMs ?? 250,
      maxRowsPerCommit: 10_000,
      committed: signal.memory,
    },
    {
      onFailure: options.onFailure,
      onStored: (number) => {
        progress.reach(number);
        journal?.confirm(number).catch(() => undefined);
      },
    },
  );
  progress.reach(storedNumber);
  try {
    journal = await Journal.open({
      directory: journalDirectory,
      sync: options.journalSync ?? "interval",
      syncIntervalMs: 1_000,
      maxFileBytes: 8 * 1024 ** 2,
      maxPendingBytes: 8 * 1024 ** 2,
      maxLagBytes: options.maxLagBytes ?? 64 * 1024 ** 2,
      keepMs: 6 * 60_000,
      // Half a minute of the 20,000 spans a second that are promised, so that the usual windows are whole after a restart.
      keepBytes: 256 * 1024 ** 2,
      storedNumber,
      onCommitted: (number) => {
        if (signal.commit(number)) client.wake();
      },
    });
  } catch (error) {
    await client.close();
    throw error;
  }
  // What a former process left is read to the end of the journal; from then on only what is known to be whole.
  if (signal.commit(journal.committedNumber)) client.wake();
  return toStore(client, journal, progress, folder);
}

function toStore(
  client: StoreClient,
  journal: Journal,
  progress: Progress,
  { directory, hashKey }: DataFolder,
): Store {
  const journalDirectory = toJournalDirectory(directory);
  let lastStats = noStats;
  const askWorker = async (): Promise<{ worker: StoreWorkerStats; failure: string | null }> => {
    try {
      lastStats = await client.call("stats", null);
      return { worker: lastStats, failure: null };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { worker: lastStats, failure: client.lastFailure?.message ?? error.message };
    }
  };
  return {
    journal,
    hashKey,
    traceStore: {
      async getTrace(traceId) {
        const records = new RecordReader();
        const rows = await client.call("selectTrace", { kind: "spans", traceId });
        // A sender that got no answer sends again: each span counts once.
        const spans = new Map(rows.map((row) => [row[spanIdColumn], row]));
        return [...spans.values()].map((row) => records.toSpan(row));
      },
      searchTraces: (search) => client.call("searchTraces", search),
    },
    endpointHistory: createEndpointHistory(client),
    callHistory: createCallHistory(client),
    async getTraceLogs(traceId) {
      const records = new RecordReader();
      const rows = await client.call("selectTrace", { kind: "logs", traceId });
      return rows.map((row) => records.toLog(row));
    },
    recentBatches: (kind, sinceMs) => readJournal(journalDirectory, kind, sinceMs, journal.committedNumber),
    storedBatches: (kind, sinceMs, maxRows = Number.MAX_SAFE_INTEGER) =>
      readRecent(client, kind, { sinceMs, maxRows }),
    readRollups: (search) => client.call("readRollups", search),
    lastRollupMs: () => client.call("lastRollup", null),
    caughtUp: () => progress.reached(journal.committedNumber),
    async housekeep() {
      await client.call("housekeep", null);
    },
    async closeSegment() {
      await client.call("closeSegment", null);
    },
    async stats() {
      const { worker, failure } = await askWorker();
      return {
        ...{ ...worker, failure },
        journalLagBytes: journal.lagBytes,
        journalNumber: journal.committedNumber,
        storedNumber: progress.number,
      };
    },
    async [Symbol.asyncDispose]() {
      await journal[Symbol.asyncDispose]();
      await client.close();
    },
  };
}

function toJournalDirectory(directory: string): string {
  return join(directory, "journal");
}

/** How far the worker has come, and who waits for it to come further. */
class Progress {
  number = 0;
  #waiting: { readonly number: number; readonly resolve: () => void }[] = [];

  reach(number: number): void {
    this.number = Math.max(this.number, number);
    for (const { resolve } of this.#waiting.filter((entry) => entry.number <= this.number)) resolve();
    this.#waiting = this.#waiting.filter((entry) => entry.number > this.number);
  }

  reached(number: number): Promise<void> {
    if (number <= this.number) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ number, resolve }));
  }
}

async function* readRecent(
  client: StoreClient,
  kind: Batch["kind"],
  limits: RecentLimits,
): AsyncGenerator<Batch> {
  const id = await client.call("openRecent", { kind, ...limits });
  const records = new RecordReader();
  try {
    for (
      let rows = await client.call("nextRecent", { id });
      rows.length > 0;
      rows = await client.call("nextRecent", { id })
    ) {
      yield* groupByArrival(rows, kind, records);
    }
  } finally {
    await client.call("closeRecent", { id }).catch(() => undefined);
  }
}

function* groupByArrival(
  rows: readonly StoredRow[],
  kind: Batch["kind"],
  records: RecordReader,
): Generator<Batch> {
  let from = 0;
  for (let at = 1; at <= rows.length; at++) {
    const receivedAtMs = Number(rows[from]?.[2]);
    if (at < rows.length && Number(rows[at]?.[2]) === receivedAtMs) continue;
    const group = rows.slice(from, at);
    from = at;
    if (kind === "spans") yield { kind, receivedAtMs, spans: group.map((row) => records.toSpan(row)) };
    else if (kind === "points")
      yield { kind, receivedAtMs, points: group.map((row) => records.toPoint(row)) };
    else yield { kind, receivedAtMs, logs: group.map((row) => records.toLog(row)) };
  }
}
