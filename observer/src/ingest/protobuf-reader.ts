import { MalformedError } from "./malformed-error.ts";
import { StringCache } from "./string-cache.ts";

/** Wire types of protocol buffers that this century's senders use. Groups (3, 4) are refused as malformed. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Where the last id was read from, in the same buffer. */
export interface HexMemory {
  at: number;
  end: number;
  text: string;
}

/**
 * Reads protocol buffers in place, in one pass, without a schema. The caller loops `while (reader.at < end)` and switches on the
 * field number; whatever it does not know it hands to `skip`. All reads are bounded by the buffer, and `leave` checks that a
 * message ended where its length said, so truncated or lying input is always a `MalformedError` and never a wrong value.
 */
export class ProtobufReader {
  at = 0;
  readonly lastTraceId: HexMemory = { at: 0, end: 0, text: "" };
  readonly lastParentId: HexMemory = { at: 0, end: 0, text: "" };
  readonly bytes: Buffer;
  readonly #view: DataView;
  readonly #strings: StringCache;

  constructor(bytes: Buffer, strings: StringCache = new StringCache()) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#strings = strings;
  }

  /** An unsigned number of at most 53 bits; the rest of a longer one is read over and lost, which only lengths and enums meet. */
  varint(): number {
    const bytes = this.bytes;
    let byte = bytes[this.at++];
    if (byte === undefined) throw truncated();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    for (let index = 1; index < 10; index++) {
      byte = bytes[this.at++];
      if (byte === undefined) throw truncated();
      if (scale <= 0x2000000000000) value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new MalformedError("a varint is longer than 10 bytes");
  }

  /** A 64-bit two's complement number, exact. */
  int64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw truncated();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw new MalformedError("a varint is longer than 10 bytes");
  }

  /** A zigzag-coded 32-bit number. */
  sint32(): number {
    const value = this.varint() >>> 0;
    return (value >>> 1) ^ -(value & 1);
  }

  fixed32(): number {
    const at = this.#advance(4);
    return this.#view.getUint32(at, true);
  }

  fixed64(): bigint {
    const at = this.#advance(8);
    return this.#view.getBigUint64(at, true);
  }

  sfixed64(): bigint {
    const at = this.#advance(8);
    return this.#view.getBigInt64(at, true);
  }

  double(): number {
    const at = this.#advance(8);
    return this.#view.getFloat64(at, true);
  }

  /** The end of the length-delimited field that starts here. @throws MalformedError when it would reach beyond `limit` */
  enter(limit: number): number {
    const length = this.varint();
    const end = this.at + length;
    if (end > limit) throw truncated();
    return end;
  }

  /** Checks that a message was read exactly to its end. */
  leave(end: number): void {
    if (this.at !== end) throw truncated();
  }

  text(limit: number): string {
    const end = this.enter(limit);
    const text = this.#strings.read(this.bytes, this.at, end);
    this.at = end;
    return text;
  }

  /** Bytes as hex. Spans of a trace come one after the other: the same bytes as last time give the same string. */
  hex(limit: number, last: HexMemory = { at: 0, end: 0, text: "" }): string {
    const end = this.enter(limit);
    const start = this.at;
    this.at = end;
    if (end - start === last.end - last.at && this.#isSame(start, last)) return last.text;
    last.at = start;
    last.end = end;
    last.text = this.bytes.toString("hex", start, end);
    return last.text;
  }

  #isSame(start: number, last: HexMemory): boolean {
    const { bytes } = this;
    for (let index = last.end - last.at - 1; index >= 0; index--) {
      if (bytes[start + index] !== bytes[last.at + index]) return false;
    }
    return true;
  }

  base64(limit: number): string {
    const end = this.enter(limit);
    const text = this.bytes.toString("base64", this.at, end);
    this.at = end;
    return text;
  }

  skip(wireType: number, limit: number): void {
    if (wireType === wire.varint) this.varint();
    else if (wireType === wire.fixed64) this.#advance(8);
    else if (wireType === wire.bytes) this.at = this.enter(limit);
    else if (wireType === wire.fixed32) this.#advance(4);
    else throw new MalformedError(`wire type ${wireType} is not known`);
    if (this.at > limit) throw truncated();
  }

  #advance(size: number): number {
    const at = this.at;
    this.at = at + size;
    if (this.at > this.bytes.length) throw truncated();
    return at;
  }
}

function truncated(): MalformedError {
  return new MalformedError("the message ends before its length says, or a field reaches beyond its message");
}
