import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { makeFolder } from "@kontor/kit/make-folder";
import {
  listRollupFiles,
  type RollupFile,
  removeOldRollupFiles,
  writeRollupFile,
} from "../rollups/rollup-files.ts";
import { StoreError } from "../store-error.ts";
import {
  type ClosedSegment,
  chooseExpired,
  parquetPath,
  readClosedSegment,
  summaryFile,
  toDirectoryName,
} from "./closed-segment.ts";
import { openInstance, toBrokenError } from "./open-instance.ts";
import { OpenSegment, toCatalog } from "./open-segment.ts";
import { attach, openSegments, removeDatabase } from "./open-segments.ts";
import { exportRequestsSql, requestPath } from "./request-file.ts";
import { type SealedSegment, summarise } from "./sealed-segment.ts";
import { exportSql, recordKinds } from "./segment-schema.ts";

export interface SegmentSettings {
  readonly dataDirectory: string;
  readonly memoryLimitMb: number;
  /** A segment is closed at the turn of the hour, or when it has so many rows. */
  readonly maxRows: number;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly maxRollupAgeMs: number;
}

interface Connections {
  readonly instance: DuckDBInstance;
  readonly writer: DuckDBConnection;
  /** Writing Parquet takes seconds, for which neither new rows nor readers wait. */
  readonly closer: DuckDBConnection;
}

/** Where a kind of record can be read now: tables of open and sealed segments, and closed ones. */
export interface SegmentSources {
  readonly catalogs: readonly string[];
  readonly closed: readonly ClosedSegment[];
  /** Of segments that are closed, or were. */
  readonly rollupFiles: readonly RollupFile[];
}

/**
 * All segments of a data folder: one open, those being closed, and the closed. One DuckDB instance whose own database file is the
 * folder's lock: the system frees it when the process dies, however it dies.
 */
export class SegmentSet {
  readonly #settings: SegmentSettings;
  readonly #directory: string;
  readonly #rollups: string;
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #closer: DuckDBConnection;
  /** Reads under way, which what they read has to wait for before it is removed. */
  readonly #reads = new Set<Promise<unknown>>();
  #open: OpenSegment;
  #sealed: SealedSegment[] = [];
  #closed: ClosedSegment[];
  #closing: Promise<void> = Promise.resolve();
  #closingError: unknown;

  private constructor(
    settings: SegmentSettings,
    connections: Connections,
    segments: { open: OpenSegment; sealed: SealedSegment[]; closed: ClosedSegment[] },
  ) {
    this.#settings = settings;
    this.#directory = join(settings.dataDirectory, "segments");
    this.#rollups = join(settings.dataDirectory, "rollups");
    this.#instance = connections.instance;
    this.#writer = connections.writer;
    this.#closer = connections.closer;
    this.#open = segments.open;
    this.#sealed = segments.sealed;
    this.#closed = segments.closed;
  }

  /**
   * Opens the segments of a folder and takes its lock.
   *
   * @param hour of the first new segment, where one has to be begun
   * @throws StoreError `store.folder_in_use` or `store.folder_broken`
   */
  static async open(settings: SegmentSettings, hour: string): Promise<SegmentSet> {
    const directory = join(settings.dataDirectory, "segments");
    makeFolder(directory);
    const instance = await openInstance(settings);
    try {
      const writer = await instance.connect();
      const closer = await instance.connect();
      const segments = await openSegments(writer, directory, hour);
      const set = new SegmentSet(settings, { instance, writer, closer }, segments);
      for (const sealed of segments.sealed) set.#close(sealed);
      return set;
    } catch (cause) {
      instance.closeSync();
      if (cause instanceof StoreError) throw cause;
      throw toBrokenError(directory, cause);
    }
  }

  get open(): OpenSegment {
    return this.#open;
  }

  /** Why a segment could not be closed; it is tried again when the folder is opened again. */
  get closingError(): unknown {
    return this.#closingError;
  }

  get closed(): readonly ClosedSegment[] {
    return this.#closed;
  }

  /** Runs a read over all that is committed, on a connection of its own. What it reads stays where it is until it is done. */
  async read<T>(query: (connection: DuckDBConnection, sources: SegmentSources) => Promise<T>): Promise<T> {
    const running = this.#read(query);
    this.#reads.add(running);
    try {
      return await running;
    } finally {
      this.#reads.delete(running);
    }
  }

  async #read<T>(query: (connection: DuckDBConnection, sources: SegmentSources) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect();
    try {
      const catalogs = [...this.#sealed.map((segment) => segment.catalog), this.#open.catalog];
      const rollupFiles = listRollupFiles(this.#rollups).filter(
        ({ segmentNumber }) => !catalogs.includes(toCatalog(segmentNumber)),
      );
      return await query(connection, { catalogs, closed: this.#closed, rollupFiles });
    } finally {
      connection.closeSync();
    }
  }

  /** Whether the hour has turned or the open segment is full. Call between transactions. */
  isRotationDue(hour: string): boolean {
    const { rows, identity } = this.#open;
    return rows >= this.#settings.maxRows || (identity.hour !== hour && rows > 0);
  }

  /** Begins the next segment and closes the last in the background. */
  async rotate(hour: string): Promise<void> {
    const last = this.#open;
    await last.commit();
    const identity = { number: last.identity.number + 1, hour };
    await attach(this.#writer, this.#directory, identity.number);
    this.#open = await OpenSegment.create(this.#writer, identity, last.lastNumber);
    last[Symbol.dispose]();
    const sealed = { identity: last.identity, catalog: last.catalog, lastNumber: last.lastNumber };
    this.#sealed = [...this.#sealed, sealed];
    this.#close(sealed);
  }

  /** Removes whole closed segments that are too old or too much. @returns how many */
  async removeExpired(nowMs: number): Promise<number> {
    const expired = new Set(chooseExpired(this.#closed, this.#settings, nowMs));
    this.#closed = this.#closed.filter((segment) => !expired.has(segment));
    await Promise.allSettled(this.#reads);
    for (const segment of expired) rmSync(segment.directory, { recursive: true, force: true });
    removeOldRollupFiles(this.#rollups, nowMs - this.#settings.maxRollupAgeMs);
    return expired.size;
  }

  /** Resolves when no segment is being closed. */
  async settled(): Promise<void> {
    await this.#closing;
  }

  /** Commits and closes. A segment that is being closed is finished first. */
  async close(): Promise<void> {
    await this.#closing;
    await this.#open.commit();
    this.#open[Symbol.dispose]();
    await Promise.allSettled(this.#reads);
    this.abandon();
  }

  /** Without waiting for anything: what is committed stays, the rest comes from the journal again. */
  abandon(): void {
    this.#writer.closeSync();
    this.#closer.closeSync();
    this.#instance.closeSync();
  }

  #close(sealed: SealedSegment): void {
    this.#closing = this.#closing
      .then(() => this.#writeClosed(sealed))
      .catch((error: unknown) => {
        this.#closingError ??= error;
      });
  }

  async #writeClosed(sealed: SealedSegment): Promise<void> {
    const { number, hour } = sealed.identity;
    const directory = join(this.#directory, toDirectoryName(number, hour));
    const draft = `${directory}.tmp`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft);
    const summary = await summarise(this.#closer, sealed);
    await writeRollupFile(this.#closer, this.#rollups, {
      catalog: sealed.catalog,
      name: basename(directory),
    });
    for (const kind of recordKinds) {
      if (summary[kind].rows === 0) continue;
      await this.#closer.run(exportSql(sealed.catalog, kind, parquetPath({ directory: draft }, kind)));
    }
    if (summary.spans.rows > 0) {
      const path = requestPath({ directory: draft });
      await this.#closer.run(exportRequestsSql(`${sealed.catalog}.spans_view`, "numbers", path));
    }
    writeFileSync(join(draft, summaryFile), `${JSON.stringify(summary, undefined, 2)}\n`);
    renameSync(draft, directory);
    this.#closed = [...this.#closed, readClosedSegment(directory)];
    this.#sealed = this.#sealed.filter((segment) => segment !== sealed);
    await Promise.allSettled(this.#reads);
    await this.#closer.run(`detach ${sealed.catalog}`);
    removeDatabase(this.#directory, number);
  }
}
