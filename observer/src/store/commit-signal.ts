/**
 * How far the journal may be read, shared by the thread that writes it and the one that reads it. A message between threads costs a
 * hundred times what a look at this costs, so the writer sends one only when the reader has said that it rests.
 */
export class CommitSignal {
  /** For handing to the other thread. */
  readonly memory: SharedArrayBuffer;
  /** The number, and 1 while the reader rests. */
  readonly #words: BigInt64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.memory = memory;
    this.#words = new BigInt64Array(memory);
  }

  get number(): number {
    return Number(Atomics.load(this.#words, 0));
  }

  /** @returns whether the reader rests and has to be woken */
  commit(number: number): boolean {
    Atomics.store(this.#words, 0, BigInt(number));
    return Atomics.exchange(this.#words, 1, 0n) === 1n;
  }

  /**
   * Says that the reader rests from now on. It has to look at `number` once more before it does: what was committed just before was
   * not told.
   */
  rest(): void {
    Atomics.store(this.#words, 1, 1n);
  }
}
