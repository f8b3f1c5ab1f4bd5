/**
 * Bytes that are written and not yet stored elsewhere. A group of entries counts until the last of them is stored, whoever stored them
 * and however often the one who does was started anew.
 */
export class JournalLag {
  /** Oldest first. */
  #groups: { readonly lastNumber: number; readonly bytes: number }[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(lastNumber: number, bytes: number): void {
    this.#groups.push({ lastNumber, bytes });
    this.#bytes += bytes;
  }

  /** @param number all entries up to it are stored */
  confirm(number: number): void {
    const left = this.#groups.findIndex(({ lastNumber }) => lastNumber > number);
    const stored = this.#groups.splice(0, left < 0 ? this.#groups.length : left);
    for (const { bytes } of stored) this.#bytes -= bytes;
  }
}
