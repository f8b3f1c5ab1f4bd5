import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "@kontor/kit/make-folder";

/** A file of JSON lines that only grows, until it is replaced whole. */
export interface JournalFile extends AsyncDisposable {
  readonly bytes: number;
  /**
   * Writes lines and waits until the disk has them. Calls made while a write is on its way share the next one.
   *
   * @throws what the file system throws (a full disk); the lines are then written by the next call that succeeds
   */
  append(lines: readonly string[]): Promise<void>;
  /**
   * Puts other lines in place of all, at once: a crash leaves either the old file or the new one. The lines are asked for when
   * it is their turn, and must then stand for everything appended so far.
   */
  replace(lines: Iterable<string>): Promise<void>;
}

/**
 * Opens or makes the file. A last line that a crash cut off is dropped: its writer was never told that it is kept.
 *
 * @param onLine gets every whole line in order
 */
export async function openJournalFile(path: string, onLine: (line: string) => void): Promise<JournalFile> {
  makeFolder(dirname(path));
  const content = await readFile(path).catch(ignoreMissing);
  const end = content.lastIndexOf("\n") + 1;
  for (let start = 0; start < end; ) {
    const stop = content.indexOf("\n", start);
    if (stop > start) onLine(content.toString("utf8", start, stop));
    start = stop + 1;
  }
  let file = await open(path, "a");
  if (end < content.length) await file.truncate(end);
  await syncFolder(dirname(path));

  let bytes = end;
  let waiting: string[] = [];
  /** All writing goes one after another. */
  let last: Promise<void> = Promise.resolve();
  let flush: Promise<void> | undefined;

  const inOrder = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  const writeWaiting = async () => {
    flush = undefined;
    const lines = waiting;
    waiting = [];
    if (lines.length === 0) return;
    const text = `${lines.join("\n")}\n`;
    try {
      await file.appendFile(text);
      await file.datasync();
      bytes += Buffer.byteLength(text);
    } catch (error) {
      waiting = [...lines, ...waiting];
      // Half a line may be there: the next attempt must not begin behind it.
      await file.truncate(bytes).catch(() => {});
      throw error;
    }
  };
  return {
    get bytes() {
      return bytes;
    },
    append(lines) {
      waiting.push(...lines);
      flush ??= inOrder(writeWaiting);
      return flush;
    },
    replace(lines) {
      return inOrder(async () => {
        // Lines are made now, so they stand for everything that was handed to `append` before.
        const covered = waiting;
        waiting = [];
        try {
          const text = [...lines].map((line) => `${line}\n`).join("");
          await writeWhole(path, text);
          const next = await open(path, "a");
          await file.close();
          file = next;
          bytes = Buffer.byteLength(text);
        } catch (error) {
          waiting = [...covered, ...waiting];
          throw error;
        }
      });
    },
    async [Symbol.asyncDispose]() {
      await inOrder(() => file.close());
    },
  };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const next: FileHandle = await open(`${path}.new`, "w");
  try {
    await next.writeFile(text);
    await next.datasync();
  } finally {
    await next.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(dirname(path));
}

/** A new name in a folder is only safe once the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): Buffer {
  if (error.code === "ENOENT") return Buffer.alloc(0);
  throw error;
}

export function journalPath(directory: string): string {
  return join(directory, "transitions.jsonl");
}
