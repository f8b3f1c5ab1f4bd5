import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "@kontor/kit/make-folder";
import type { Batch } from "../batch.ts";
import { ByteWriter } from "../byte-writer.ts";
import { BatchEncoder } from "../encode-batch.ts";
import type { RollupBatch } from "../rollups/rollup-row.ts";
import { StoreError, toWriteError } from "../store-error.ts";
import { fileHeader, toFileName, writeEntry } from "./journal-format.ts";
import { JournalLag } from "./journal-lag.ts";
import { JournalReader, listJournalFiles } from "./journal-reader.ts";

/** When the disk is told to keep what the system has: all three survive the death of the process, the first two that of the machine. */
export type JournalSync = "always" | "interval" | "never";

export interface JournalOptions {
  readonly directory: string;
  readonly sync: JournalSync;
  /** Between two syncs where `sync` is "interval". */
  readonly syncIntervalMs: number;
  /** A file is closed when it has so many bytes. */
  readonly maxFileBytes: number;
  /** Of entries waiting to be written. */
  readonly maxPendingBytes: number;
  /** Of entries written and not yet confirmed as stored. */
  readonly maxLagBytes: number;
  /** Stored entries stay for so long, and to so many bytes, for windows and trace buffer to be filled from after a start. */
  readonly keepMs: number;
  readonly keepBytes: number;
  /** The last entry that is stored already; numbers go on from the higher of it and what the folder holds. */
  readonly storedNumber: number;
  /** Told the number up to which entries may be read. */
  readonly onCommitted: (number: number) => void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The append-only journal that stands between an accepted request and its storage. Requests that come while a write is under way
 * share the next one. `append` resolves when its batch would survive `kill -9`.
 */
export class Journal implements AsyncDisposable {
  readonly #options: JournalOptions;
  readonly #encoder = new BatchEncoder();
  #pending = new ByteWriter(1_048_576);
  #spare = new ByteWriter(1_048_576);
  #waiting: Waiting[] = [];
  #nextNumber: number;
  #committedNumber: number;
  #file: { readonly handle: FileHandle; readonly path: string; size: number } | undefined;
  #writing: Promise<void> | undefined;
  readonly #lag = new JournalLag();
  #confirmedFiles = 0;
  #isDirty = false;
  #syncTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: JournalOptions, lastNumber: number) {
    this.#options = options;
    this.#nextNumber = lastNumber + 1;
    this.#committedNumber = lastNumber;
  }

  /**
   * Opens a folder, creating it where it is missing. What a crash left behind stays readable; new entries go to a new file.
   *
   * @throws StoreError `store.folder_not_writable`
   */
  static async open(options: JournalOptions): Promise<Journal> {
    try {
      makeFolder(options.directory);
    } catch (cause) {
      throw new StoreError("store.folder_not_writable", `Cannot make the folder ${options.directory}.`, {
        cause,
      });
    }
    return new Journal(options, Math.max(options.storedNumber, lastNumberIn(options.directory)));
  }

  /** The number up to which entries are written and may be read. */
  get committedNumber(): number {
    return this.#committedNumber;
  }

  get lagBytes(): number {
    return this.#lag.bytes;
  }

  get isBehind(): boolean {
    return this.#pending.at > this.#options.maxPendingBytes || this.#lag.bytes > this.#options.maxLagBytes;
  }

  /**
   * @throws StoreError `store.disk_full`, `store.write_failed` or `store.closed`; nothing of the batch is kept then, and a later
   * append tries the disk again
   */
  append(batch: Batch | RollupBatch): Promise<void> {
    if (this.#isClosed) return Promise.reject(new StoreError("store.closed", "The observer is stopping."));
    const out = this.#pending;
    const entry = { number: this.#nextNumber++, receivedAtMs: batch.receivedAtMs, kind: batch.kind };
    writeEntry(out, entry, () => this.#encoder.encode(batch, out));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /**
   * Takes note that all entries up to `number` are stored elsewhere, and removes files that hold nothing else and need not be kept.
   */
  async confirm(number: number): Promise<void> {
    this.#lag.confirm(number);
    const files = listJournalFiles(this.#options.directory);
    if (files.length === this.#confirmedFiles) return;
    const stored = files.filter(({ path }, index) => {
      const next = files[index + 1];
      return path !== this.#file?.path && next !== undefined && next.firstNumber <= number + 1;
    });
    const kept = await Promise.all(stored.map(async ({ path }) => ({ path, ...(await sizeAndAge(path)) })));
    let bytes = kept.reduce((sum, file) => sum + file.bytes, 0);
    let removed = 0;
    for (const file of kept) {
      if (bytes <= this.#options.keepBytes && file.ageMs <= this.#options.keepMs) break;
      await rm(file.path, { force: true });
      bytes -= file.bytes;
      removed++;
    }
    // As long as no file is added there is nothing more to remove, apart from age, which a later file brings to mind.
    if (stored.length === files.length - 1) this.#confirmedFiles = files.length - removed;
  }

  /** Writes and syncs what is waiting, then closes. Later appends are refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#syncTimer);
    await this.#writing;
    if (this.#file === undefined) return;
    if (this.#options.sync !== "never") await this.#file.handle.datasync().catch(() => undefined);
    await this.#file.handle.close();
    this.#file = undefined;
  }

  async #writeAll(): Promise<void> {
    // The turn of the event loop that brought the first request often brings more.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      const group = this.#pending;
      const lastNumber = this.#nextNumber - 1;
      this.#waiting = [];
      this.#pending = this.#spare;
      try {
        await this.#writeGroup(group.written());
        this.#lag.add(lastNumber, group.at);
        this.#committedNumber = lastNumber;
        this.#options.onCommitted(lastNumber);
        for (const { resolve } of waiting) resolve();
      } catch (cause) {
        const error = toWriteError(cause, this.#options.directory);
        for (const { reject } of waiting) reject(error);
      }
      // A group that grew far beyond the usual does not keep its memory.
      this.#spare = group.bytes.length > 4_194_304 ? new ByteWriter(1_048_576) : group;
      if (this.#spare === group) group.reset();
      else group.release();
    }
    this.#writing = undefined;
  }

  async #writeGroup(bytes: Buffer): Promise<void> {
    if (this.#file === undefined || this.#file.size >= this.#options.maxFileBytes)
      await this.#beginFile(bytes);
    const file = this.#file;
    if (file === undefined) return;
    try {
      await writeWhole(file.handle, bytes, file.size);
      if (this.#options.sync === "always") await file.handle.datasync();
    } catch (error) {
      await this.#undo(file);
      throw error;
    }
    file.size += bytes.length;
    if (this.#options.sync === "interval") this.#syncSoon();
  }

  async #beginFile(group: Buffer): Promise<void> {
    const previous = this.#file;
    const path = join(this.#options.directory, toFileName(group.readDoubleLE(8)));
    const handle = await open(path, "w");
    try {
      await writeWhole(handle, fileHeader, 0);
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
    this.#file = { handle, path, size: fileHeader.length };
    if (previous === undefined) return;
    if (this.#options.sync !== "never") await previous.handle.datasync();
    await previous.handle.close();
  }

  /** Takes back what a failed write left, so that nothing refused is stored later. Where that fails too, a new file is begun. */
  async #undo(file: { readonly handle: FileHandle; readonly size: number }): Promise<void> {
    try {
      await file.handle.truncate(file.size);
    } catch {
      this.#file = undefined;
      await file.handle.close().catch(() => undefined);
    }
  }

  #syncSoon(): void {
    this.#isDirty = true;
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      if (!this.#isDirty) return;
      this.#isDirty = false;
      // Accepted batches were promised against the death of the process; a failed sync shows again at the next write.
      this.#file?.handle.datasync().catch(() => undefined);
    }, this.#options.syncIntervalMs).unref();
  }
}

async function sizeAndAge(path: string): Promise<{ bytes: number; ageMs: number }> {
  const { size, mtimeMs } = await stat(path);
  return { bytes: size, ageMs: Date.now() - mtimeMs };
}

async function writeWhole(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** The highest number that the folder holds, whole or half written: numbers are never used twice. */
function lastNumberIn(directory: string): number {
  const last = listJournalFiles(directory).at(-1);
  if (last === undefined) return 0;
  using reader = new JournalReader(directory, last.firstNumber - 1);
  let number = last.firstNumber;
  for (
    let entry = reader.next(Number.MAX_SAFE_INTEGER);
    entry !== undefined;
    entry = reader.next(Number.MAX_SAFE_INTEGER)
  ) {
    number = entry.number;
  }
  return number;
}
