/** How often a sender exports, learned from the times of its exports. */
export class ExportInterval {
  /** The time between two exports, ms: the shortest of the last four, so that a gap does not stretch it; 0 until there are two. */
  valueMs = 0;
  readonly #recentMs: number[] = [];
  #lastMs: number | undefined;

  /** @param timeMs of a point; one of a time that is known, or older, says nothing */
  note(timeMs: number): void {
    const passedMs = timeMs - (this.#lastMs ?? timeMs);
    this.#lastMs ??= timeMs;
    if (passedMs <= 0) return;
    this.#lastMs = timeMs;
    this.#recentMs.push(passedMs);
    if (this.#recentMs.length > 4) this.#recentMs.shift();
    this.valueMs = Math.min(...this.#recentMs);
  }
}

/** Intervals of which a window has to hold this many, or two exports would not surely lie in it. */
export const intervalsPerWindow = 2.5;
