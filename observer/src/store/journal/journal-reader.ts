import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import {
  entryHeaderBytes,
  entrySize,
  fileHeader,
  fromFileName,
  type JournalEntry,
  readEntry,
} from "./journal-format.ts";

const readAheadBytes = 1_048_576;

/**
 * Reads a journal from a given number on, while another thread appends to it. A cut-off or damaged end of a file ends that file
 * only: what the writer answered for lies before it, or in a later file. Blocks on the disk; for a worker thread.
 */
export class JournalReader implements Disposable {
  readonly #directory: string;
  #lastNumber: number;
  #file: { readonly descriptor: number; readonly firstNumber: number; at: number } | undefined;
  #memory = Buffer.alloc(0);
  #buffer = Buffer.alloc(0);
  #bufferAt = 0;

  /** @param afterNumber entries up to it are passed over; 0 reads from the beginning */
  constructor(directory: string, afterNumber: number) {
    this.#directory = directory;
    this.#lastNumber = afterNumber;
  }

  /**
   * The next entry, or undefined when there is none yet.
   *
   * @param upToNumber what the writer has made safe; later entries may be half written and are not looked at
   * @returns its payload is valid until the next call
   */
  next(upToNumber: number): (JournalEntry & { readonly sizeBytes: number }) | undefined {
    while (this.#lastNumber < upToNumber) {
      if (this.#file === undefined && !this.#openNext()) return undefined;
      const entry = this.#read();
      if (entry === undefined) {
        if (!this.#openNext()) return undefined;
        continue;
      }
      if (entry.number > upToNumber) {
        this.#bufferAt -= entry.sizeBytes;
        return undefined;
      }
      if (entry.number <= this.#lastNumber) continue;
      this.#lastNumber = entry.number;
      return entry;
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }

  #read(): (JournalEntry & { sizeBytes: number }) | undefined {
    const size = entrySize(this.#buffer, this.#bufferAt);
    const missing = (size ?? entryHeaderBytes) - (this.#buffer.length - this.#bufferAt);
    if (missing > 0 && !this.#fill(missing)) return undefined;
    if (size === undefined) return this.#read();
    const entry = readEntry(this.#buffer, this.#bufferAt);
    if (entry === undefined) return undefined;
    this.#bufferAt += size;
    return { ...entry, sizeBytes: size };
  }

  /** Reads at least `missing` more bytes; false where the file has not so many. */
  #fill(missing: number): boolean {
    const file = this.#file;
    if (file === undefined || fstatSync(file.descriptor).size - file.at < missing) return false;
    const restBytes = this.#buffer.length - this.#bufferAt;
    const wanted = restBytes + Math.max(missing, readAheadBytes);
    const target = wanted <= this.#memory.length ? this.#memory : Buffer.allocUnsafeSlow(wanted);
    this.#buffer.copy(target, 0, this.#bufferAt);
    const read = readSync(file.descriptor, target, restBytes, wanted - restBytes, file.at);
    file.at += read;
    // An entry beyond the usual size gets memory of its own, which goes with it.
    if (wanted <= 4 * readAheadBytes) this.#memory = target;
    this.#buffer = target.subarray(0, restBytes + read);
    this.#bufferAt = 0;
    return read >= missing;
  }

  /** Goes on to the file that holds what comes after `#lastNumber`; false where it is the one already open, or there is none. */
  #openNext(): boolean {
    const current = this.#file?.firstNumber;
    const numbers = listJournalFiles(this.#directory).map((file) => file.firstNumber);
    const later = numbers.filter((number) => current === undefined || number > current);
    // Before anything was read, files that end before the wanted number are passed over.
    const first = later.findLastIndex((number) => number <= this.#lastNumber + 1);
    const wanted = current === undefined ? later[Math.max(first, 0)] : later[0];
    if (wanted === undefined) return false;
    this[Symbol.dispose]();
    const path = listJournalFiles(this.#directory).find((file) => file.firstNumber === wanted)?.path;
    if (path === undefined) return false;
    this.#file = { descriptor: openSync(path, "r"), firstNumber: wanted, at: fileHeader.length };
    this.#buffer = Buffer.alloc(0);
    this.#bufferAt = 0;
    return true;
  }
}

/** The files of a journal by the number of their first entry, ascending. */
export function listJournalFiles(
  directory: string,
): { readonly path: string; readonly firstNumber: number }[] {
  return readdirSync(directory)
    .flatMap((name) => {
      const firstNumber = fromFileName(name);
      return firstNumber === undefined ? [] : [{ path: join(directory, name), firstNumber }];
    })
    .toSorted((a, b) => a.firstNumber - b.firstNumber);
}
