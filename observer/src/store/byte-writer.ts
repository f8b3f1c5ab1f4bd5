/** A buffer that grows, written from the front. Numbers are little-endian. Reused by calling `reset`. */
export class ByteWriter {
  bytes: Buffer<ArrayBuffer>;
  at = 0;

  constructor(initialBytes = 65_536) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  reset(): void {
    this.at = 0;
  }

  /** Gives its memory back now instead of at the next full garbage collection. Must not be written any more. */
  release(): void {
    this.bytes.buffer.transfer(0);
  }

  /** What was written; valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.bytes[this.at++] = value;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.at = this.bytes.writeUInt32LE(value >>> 0, this.at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.at = this.bytes.writeDoubleLE(value, this.at);
  }

  uint64(value: bigint): void {
    this.#reserve(8);
    const low = Number(value & 0xffffffffn);
    const high = Number(value >> 32n);
    this.at = this.bytes.writeUInt32LE(low, this.at);
    this.at = this.bytes.writeUInt32LE(high, this.at);
  }

  /** An id in hex as its bytes; shorter or missing ones are filled with zeros. */
  hex(id: string, byteLength: number): void {
    this.#reserve(byteLength);
    const written = id === "" ? 0 : this.bytes.write(id, this.at, byteLength, "hex");
    if (written < byteLength) this.bytes.fill(0, this.at + written, this.at + byteLength);
    this.at += byteLength;
  }

  /** Length and UTF-8. */
  text(value: string): void {
    this.#reserve(4 + value.length * 3);
    const length = value === "" ? 0 : this.bytes.write(value, this.at + 4, "utf8");
    this.bytes.writeUInt32LE(length, this.at);
    this.at += 4 + length;
  }

  #reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const newLength = Math.max(this.bytes.length * 2, this.at + size);
    // Takes the old memory back at once.
    this.bytes = Buffer.from(this.bytes.buffer.transfer(newLength));
  }
}

/** Reads what `ByteWriter` wrote. @throws RangeError beyond the end, which a checksum around it should have ruled out */
export class ByteReader {
  readonly bytes: Buffer;
  at = 0;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.at++);
  }

  uint32(): number {
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  double(): number {
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  uint64(): bigint {
    this.at += 8;
    return this.#view.getBigUint64(this.at - 8, true);
  }

  /** 8 bytes of an id as a number, in the order in which its hex digits are read. */
  idHalf(): bigint {
    this.at += 8;
    return this.#view.getBigUint64(this.at - 8, false);
  }

  text(): string {
    const length = this.uint32();
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError("a text reaches beyond its entry");
    return length === 0 ? "" : this.bytes.toString("utf8", start, this.at);
  }
}
