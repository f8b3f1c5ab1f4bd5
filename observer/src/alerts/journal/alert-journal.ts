import { AppError } from "@kontor/kit/errors";
import type { Logger } from "@kontor/kit/logger";
import { type AlertBook, applyRecord, createAlertBook, pruneBook, toRecords } from "./alert-book.ts";
import type { AlertRecord } from "./alert-record.ts";
import { type JournalFile, journalPath, openJournalFile } from "./journal-file.ts";

/** A record with its place in the order in which things happened. */
export interface NumberedRecord {
  readonly number: number;
  readonly record: AlertRecord;
}

/**
 * What alerting remembers when everything around it is away: a local file, and the book made from it. PostgreSQL follows behind.
 */
export interface AlertJournal extends AsyncDisposable {
  readonly book: AlertBook;
  /** Nothing was remembered here before. */
  readonly isNew: boolean;
  /**
   * Enters records into the book at once, and resolves when the disk has them.
   *
   * @throws AppError `alerts.journal_unwritable`; the book has them nevertheless, and the next call writes them too
   */
  append(records: readonly AlertRecord[]): Promise<void>;
  /** Fills a new journal with what PostgreSQL knows. */
  seed(records: readonly AlertRecord[]): Promise<void>;
  /** The oldest records that PostgreSQL does not have, at most `limit`. */
  listUnstored(limit: number): readonly NumberedRecord[];
  /** PostgreSQL has everything up to this number. */
  markStored(number: number): void;
  /** Resolves when there is something to store. */
  waitForUnstored(signal: AbortSignal): Promise<void>;
}

export interface AlertJournalOptions {
  /** The data folder; the file is `transitions.jsonl` in it. */
  readonly directory: string;
  readonly logger: Pick<Logger, "warn" | "error">;
  readonly nowMs: () => number;
  /** Size beyond which the file is written anew with what still matters; default 16 MB. */
  readonly compactAtBytes?: number;
  /** Records kept for PostgreSQL while it is away; the oldest are given up beyond it; default 100,000. */
  readonly unstoredMax?: number;
}

type Line =
  | { format: 1; snapshot: number }
  | { n: number; r: AlertRecord }
  | { r: AlertRecord }
  | { stored: number };

/**
 * Opens the journal of a data folder, or makes it. A line that cannot be read is reported and passed over.
 *
 * @throws AppError `alerts.journal_unusable` when the folder cannot be used
 */
export async function openAlertJournal(options: AlertJournalOptions): Promise<AlertJournal> {
  const { logger } = options;
  const compactAtBytes = options.compactAtBytes ?? 16 * 1024 * 1024;
  const unstoredMax = options.unstoredMax ?? 100_000;
  const path = journalPath(options.directory);
  const book = createAlertBook();
  let unstored: NumberedRecord[] = [];
  let lastNumber = 0;
  let snapshot = 0;
  let lines = 0;

  const readLine = (text: string) => {
    lines++;
    const line = parseLine(text);
    if (line === undefined)
      return logger.warn({ path, line: lines }, "a line of the alert journal cannot be read");
    if ("format" in line) snapshot = lastNumber = line.snapshot;
    else if ("stored" in line) unstored = unstored.filter(({ number }) => number > line.stored);
    else if ("n" in line) {
      lastNumber = Math.max(lastNumber, line.n);
      unstored.push({ number: line.n, record: line.r });
      if (line.n > snapshot) applyRecord(book, line.r);
    } else applyRecord(book, line.r);
  };
  const file = await openFile(path, readLine);
  let compactedBytes = 0;
  let compaction: Promise<void> | undefined;
  let announce = () => {};

  function* compactLines(): Generator<string> {
    pruneBook(book, options.nowMs());
    yield toText({ format: 1, snapshot: lastNumber });
    for (const record of toRecords(book)) yield toText({ r: record });
    for (const { number, record } of unstored) yield toText({ n: number, r: record });
  }
  const compact = async () => {
    await file.replace(compactLines());
    compactedBytes = file.bytes;
  };
  const compactIfLong = () => {
    if (compaction !== undefined || file.bytes < Math.max(compactAtBytes, 2 * compactedBytes)) return;
    compaction = compact()
      .catch((error) => logger.error({ error, path }, "the alert journal cannot be made shorter"))
      .finally(() => {
        compaction = undefined;
      });
  };

  return {
    book,
    isNew: lines === 0,
    async append(records) {
      const texts = records.map((record) => {
        lastNumber++;
        applyRecord(book, record);
        unstored.push({ number: lastNumber, record });
        return toText({ n: lastNumber, r: record });
      });
      if (unstored.length > unstoredMax) {
        const lost = unstored.splice(0, unstored.length - unstoredMax);
        logger.error(
          { lost: lost.length },
          "PostgreSQL was away for too long: its oldest alert records are given up",
        );
      }
      announce();
      try {
        await file.append(texts);
      } catch (cause) {
        throw new AppError(
          "unavailable",
          "alerts.journal_unwritable",
          `${path} cannot be written: ${describe(cause)}. Make room or mend the folder; alerts go on from memory until then.`,
          { cause },
        );
      }
      compactIfLong();
    },
    async seed(records) {
      for (const record of records) applyRecord(book, record);
      await compact();
    },
    listUnstored: (limit) => unstored.slice(0, limit),
    markStored(number) {
      const index = unstored.findIndex((one) => one.number > number);
      unstored = index === -1 ? [] : unstored.slice(index);
      // Losing this line costs nothing but telling PostgreSQL again.
      file.append([toText({ stored: number })]).catch(() => {});
    },
    waitForUnstored(signal) {
      if (unstored.length > 0 || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        announce = () => {
          signal.removeEventListener("abort", announce);
          resolve();
        };
        signal.addEventListener("abort", announce);
      });
    },
    async [Symbol.asyncDispose]() {
      await compaction;
      await file[Symbol.asyncDispose]();
    },
  };
}

async function openFile(path: string, onLine: (line: string) => void): Promise<JournalFile> {
  try {
    return await openJournalFile(path, onLine);
  } catch (cause) {
    throw new AppError(
      "unavailable",
      "alerts.journal_unusable",
      `${path} cannot be opened: ${describe(cause)}. Set OBSERVER_DATA to a folder that can be read and written.`,
      { cause },
    );
  }
}

function toText(line: Line): string {
  return JSON.stringify(line);
}

function parseLine(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    const isLine =
      typeof line === "object" && line !== null && ("format" in line || "r" in line || "stored" in line);
    return isLine ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
