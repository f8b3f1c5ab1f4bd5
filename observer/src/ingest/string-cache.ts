import { withoutNul } from "./without-nul.ts";

const slotCount = 8192;
const maxLength = 128;

/**
 * Turns bytes into strings, giving the same string for the same bytes where it can. Telemetry repeats itself: names, keys and most
 * values come in every span, and comparing bytes is cheaper than making a string, besides what it saves in memory and hashing.
 *
 * Bounded: a fixed number of slots, each holding one text of at most 128 bytes; a newcomer takes the slot of whoever was there.
 */
export class StringCache {
  readonly #slots: string[] = new Array<string>(slotCount).fill("");

  /** @param bytes what `[start, end)` lies in; invalid UTF-8 becomes U+FFFD, as the protocol's readers do, and so does NUL */
  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return "";
    if (length > maxLength) return withoutNul(bytes.toString("utf8", start, end));
    let hash = length;
    let bits = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      bits |= byte;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    if (bits > 0x7f) return withoutNul(bytes.toString("utf8", start, end));
    const slot = (hash ^ (hash >>> 15)) & (slotCount - 1);
    const known = this.#slots[slot] as string;
    if (known.length === length && sameText(known, bytes, start)) return known;
    const text = withoutNul(bytes.toString("latin1", start, end));
    this.#slots[slot] = text;
    return text;
  }
}

function sameText(text: string, bytes: Buffer, start: number): boolean {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) !== bytes[start + at]) return false;
  }
  return true;
}
