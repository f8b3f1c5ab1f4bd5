import { crc32 } from "node:zlib";
import type { ByteWriter } from "../byte-writer.ts";
import { type EntryKind, kindCodes } from "../encode-batch.ts";

/**
 * A journal is a folder of files, each named after the number of its first entry. A file is a header and entries; an entry is
 * length and checksum, then number, time of arrival, kind and payload, which both cover. Numbers only grow, and may skip.
 */
export const fileHeader = Buffer.from("KONTORJOURNAL\x00\x00\x01", "latin1");

/** Bytes in front of a payload: length 4, checksum 4, number 8, receivedAt 8, kind 1. */
export const entryHeaderBytes = 25;
const checkedFrom = 8;

export interface JournalEntry {
  readonly number: number;
  readonly receivedAtMs: number;
  readonly kind: EntryKind;
  readonly payload: Buffer;
}

const kindsByCode: ReadonlyMap<number, EntryKind> = new Map([
  [kindCodes.spans, "spans"],
  [kindCodes.points, "points"],
  [kindCodes.logs, "logs"],
  [kindCodes.rollups, "rollups"],
]);

export function toFileName(firstNumber: number): string {
  return `${String(firstNumber).padStart(16, "0")}.journal`;
}

/** The number in a file's name, or undefined where it is no file of a journal. */
export function fromFileName(name: string): number | undefined {
  const match = /^(\d{16})\.journal$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** Writes one entry; `writePayload` appends what is to be kept. If it throws, nothing is left behind. */
export function writeEntry(
  out: ByteWriter,
  entry: { readonly number: number; readonly receivedAtMs: number; readonly kind: EntryKind },
  writePayload: () => void,
): void {
  const start = out.at;
  try {
    out.uint32(0);
    out.uint32(0);
    out.double(entry.number);
    out.double(entry.receivedAtMs);
    out.uint8(kindCodes[entry.kind]);
    writePayload();
  } catch (error) {
    out.at = start;
    throw error;
  }
  out.bytes.writeUInt32LE(out.at - start - entryHeaderBytes, start);
  out.bytes.writeUInt32LE(crc32(out.bytes.subarray(start + checkedFrom, out.at)), start + 4);
}

/** The size of the entry that begins at `at`, header included; undefined where not even its length can be read. */
export function entrySize(bytes: Buffer, at: number): number | undefined {
  if (at + entryHeaderBytes > bytes.length) return undefined;
  return entryHeaderBytes + bytes.readUInt32LE(at);
}

/** The entry that begins at `at`, or undefined where it is cut off or damaged. The payload is a view, not a copy. */
export function readEntry(bytes: Buffer, at: number): JournalEntry | undefined {
  const size = entrySize(bytes, at);
  if (size === undefined || at + size > bytes.length) return undefined;
  const end = at + size;
  if (crc32(bytes.subarray(at + checkedFrom, end)) !== bytes.readUInt32LE(at + 4)) return undefined;
  const kind = kindsByCode.get(bytes[at + 24] as number);
  if (kind === undefined) return undefined;
  return {
    number: bytes.readDoubleLE(at + 8),
    receivedAtMs: bytes.readDoubleLE(at + 16),
    kind,
    payload: bytes.subarray(at + entryHeaderBytes, end),
  };
}
