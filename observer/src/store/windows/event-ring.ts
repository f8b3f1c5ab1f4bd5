import type { HistogramLayout } from "./histogram-layout.ts";

/** How far back rings remember, shared by all of them. */
export interface RingHorizon {
  /** Every point is kept for so long. */
  fineMs: number;
  /** Older ones are thinned to one in `coarseStepMs`, and forgotten after this. */
  retainMs: number;
  readonly coarseStepMs: number;
}

/** Bytes that all rings may take together. */
export interface RingBudget {
  usedBytes: number;
  readonly maxBytes: number;
}

/** What happened in a window. */
export interface WindowTotals {
  count: number;
  failed: number;
  sum: number;
  /** Event time of the newest point in the window, ms; undefined where it holds none. */
  newestAtMs: number | undefined;
  /** Points in the window. */
  points: number;
  /** Event time of the last point before the window, ms; undefined where the ring does not reach so far. */
  previousAtMs: number | undefined;
}

const firstCapacity = 16;
const maxCapacity = 2048;

/**
 * Events of one sender over time: at each time that something came, the totals until then. A window is the difference of two of
 * these, whatever its length, and reading it costs two searches.
 *
 * Bucket totals are kept modulo 2^32, in which differences stay right.
 */
export class EventRing {
  readonly layout: HistogramLayout;
  /** Between two exports of the sender, as observed; 0 where events come by themselves. */
  intervalMs = 0;
  /** Some of its events stand for others whose number nobody knows, so counts and ratios mean nothing. */
  isUnweighted = false;
  /** Its sender exports at every interval, whether something happened or not. */
  isCumulative = false;
  /** Nobody reads it any more; who still holds it has to ask for another. */
  isReleased = false;
  readonly #horizon: RingHorizon;
  readonly #budget: RingBudget;
  #carry = 0;
  #capacity = firstCapacity;
  #size = 0;
  /** Older points were forgotten: before the first that is left nothing is known. */
  #isTruncated = false;
  #times: Float64Array;
  /** Count, failed and sum, three for each time. */
  #totals: Float64Array;
  #buckets: Uint32Array;

  constructor(layout: HistogramLayout, horizon: RingHorizon, budget: RingBudget) {
    this.layout = layout;
    this.#horizon = horizon;
    this.#budget = budget;
    this.#times = new Float64Array(firstCapacity);
    this.#totals = new Float64Array(firstCapacity * 3);
    this.#buckets = new Uint32Array(firstCapacity * layout.bucketCount);
    budget.usedBytes += this.#bytes(firstCapacity);
  }

  get newestAtMs(): number {
    return this.#size === 0 ? Number.NEGATIVE_INFINITY : (this.#times[this.#size - 1] as number);
  }

  /** Gives its memory back to the budget. The ring must not be used any more. */
  release(): void {
    this.isReleased = true;
    this.#budget.usedBytes -= this.#bytes(this.#capacity);
  }

  /**
   * Adds what was counted up to a time.
   *
   * @param buckets counts per bucket, or the number of the one bucket that all `count` events are in; undefined without buckets
   * @returns false where the time is older than what is remembered; nothing is added then
   */
  add(
    timeMs: number,
    count: number,
    failed: number,
    sum: number,
    buckets: ArrayLike<number> | number | undefined,
  ): boolean {
    const place = this.#place(timeMs);
    if (place < 0) return false;
    for (let index = place; index < this.#size; index++) {
      const at = index * 3;
      this.#totals[at] = (this.#totals[at] as number) + count;
      this.#totals[at + 1] = (this.#totals[at + 1] as number) + failed;
      this.#totals[at + 2] = (this.#totals[at + 2] as number) + sum;
      if (buckets === undefined) continue;
      const row = index * this.layout.bucketCount;
      if (typeof buckets === "number")
        this.#buckets[row + buckets] = (this.#buckets[row + buckets] as number) + count;
      else {
        for (let bucket = 0; bucket < this.layout.bucketCount; bucket++) {
          this.#buckets[row + bucket] = (this.#buckets[row + bucket] as number) + (buckets[bucket] as number);
        }
      }
    }
    return true;
  }

  /** Turns a weight into a whole number of events; what is left over is added to the next one, so that the sum stays right. */
  carryWeight(weight: number): number {
    const exact = weight + this.#carry;
    const whole = Math.floor(exact);
    this.#carry = exact - whole;
    return whole;
  }

  /** What happened in `(startMs, endMs]`. Written into `out`, because a tick asks for thousands. */
  read(startMs: number, endMs: number, out: WindowTotals): void {
    const last = this.#find(endMs);
    const before = this.#find(startMs);
    out.points = last - before;
    out.newestAtMs = last > before ? (this.#times[last] as number) : undefined;
    out.previousAtMs = before < 0 ? undefined : (this.#times[before] as number);
    out.count = this.#difference(last, before, 0);
    out.failed = this.#difference(last, before, 1);
    out.sum = this.#difference(last, before, 2);
  }

  hasPointIn(startMs: number, endMs: number): boolean {
    const last = this.#find(endMs);
    return last >= 0 && (this.#times[last] as number) > startMs;
  }

  /** Adds the bucket counts of `(startMs, endMs]` to `into`. */
  addBuckets(startMs: number, endMs: number, into: Float64Array): void {
    const last = this.#find(endMs);
    const before = this.#find(startMs);
    if (last <= before) return;
    const { bucketCount } = this.layout;
    const high = last * bucketCount;
    const low = this.#base(before) * bucketCount;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const lower = low < 0 ? 0 : (this.#buckets[low + bucket] as number);
      into[bucket] = (into[bucket] as number) + (((this.#buckets[high + bucket] as number) - lower) >>> 0);
    }
  }

  #difference(last: number, before: number, field: number): number {
    if (last <= before) return 0;
    const base = this.#base(before);
    const lower = base < 0 ? 0 : (this.#totals[base * 3 + field] as number);
    return (this.#totals[last * 3 + field] as number) - lower;
  }

  /** Where totals before the window are found: what came before the first point is nothing, unless it was forgotten. */
  #base(before: number): number {
    return before < 0 && this.#isTruncated ? 0 : before;
  }

  /** The last point at or before a time, or -1. */
  #find(timeMs: number): number {
    // Most windows end now, after all there is.
    if (this.newestAtMs <= timeMs) return this.#size - 1;
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The place of a time, which is made where it is new; -1 where it is too old. */
  #place(timeMs: number): number {
    const newest = this.#size - 1;
    if (newest >= 0 && this.#times[newest] === timeMs) return newest;
    if (newest >= 0 && timeMs < this.newestAtMs - this.#horizon.retainMs) return -1;
    const at = newest < 0 || timeMs > (this.#times[newest] as number) ? newest : this.#find(timeMs);
    if (at >= 0 && this.#times[at] === timeMs) return at;
    if (at < 0 && this.#isTruncated) return -1;
    if (this.#size === this.#capacity) {
      this.#makeRoom();
      return this.#place(timeMs);
    }
    return this.#insert(at + 1, timeMs);
  }

  #insert(place: number, timeMs: number): number {
    const { bucketCount } = this.layout;
    if (place < this.#size) {
      this.#times.copyWithin(place + 1, place, this.#size);
      this.#totals.copyWithin((place + 1) * 3, place * 3, this.#size * 3);
      this.#buckets.copyWithin((place + 1) * bucketCount, place * bucketCount, this.#size * bucketCount);
    }
    this.#size++;
    this.#times[place] = timeMs;
    if (place === 0) {
      this.#totals.fill(0, 0, 3);
      this.#buckets.fill(0, 0, bucketCount);
    } else {
      this.#totals.copyWithin(place * 3, (place - 1) * 3, place * 3);
      this.#buckets.copyWithin(place * bucketCount, (place - 1) * bucketCount, place * bucketCount);
    }
    return place;
  }

  /** Forgets and thins what is old, and grows where that frees too little and the budget allows it. */
  #makeRoom(): void {
    this.#thin(this.#horizon.fineMs);
    if (this.#size <= this.#capacity * 0.75) return;
    const growth = this.#bytes(this.#capacity * 2) - this.#bytes(this.#capacity);
    if (this.#capacity < maxCapacity && this.#budget.usedBytes + growth <= this.#budget.maxBytes)
      this.#grow(growth);
    else if (this.#size === this.#capacity) {
      // No memory left: the older half goes, and long windows become shorter than asked.
      this.#keep((index) => index >= this.#size >> 1);
      this.#isTruncated = true;
    }
  }

  #thin(fineMs: number): void {
    const newest = this.newestAtMs;
    const { retainMs, coarseStepMs } = this.#horizon;
    const times = this.#times;
    let keptAtMs = Number.NEGATIVE_INFINITY;
    const first = Math.max(0, this.#find(newest - retainMs));
    if (first > 0) this.#isTruncated = true;
    this.#keep((index) => {
      const time = times[index] as number;
      if (index < first) return false;
      const isKept = index === first || newest - time <= fineMs || time - keptAtMs >= coarseStepMs;
      if (isKept) keptAtMs = time;
      return isKept;
    });
  }

  #keep(isKept: (index: number) => boolean): void {
    const { bucketCount } = this.layout;
    let to = 0;
    const size = this.#size;
    for (let from = 0; from < size; from++) {
      if (!isKept(from)) continue;
      if (to !== from) {
        this.#times[to] = this.#times[from] as number;
        this.#totals.copyWithin(to * 3, from * 3, from * 3 + 3);
        this.#buckets.copyWithin(to * bucketCount, from * bucketCount, (from + 1) * bucketCount);
      }
      to++;
    }
    this.#size = to;
  }

  #grow(growthBytes: number): void {
    this.#budget.usedBytes += growthBytes;
    this.#capacity *= 2;
    const times = new Float64Array(this.#capacity);
    const totals = new Float64Array(this.#capacity * 3);
    const buckets = new Uint32Array(this.#capacity * this.layout.bucketCount);
    times.set(this.#times);
    totals.set(this.#totals);
    buckets.set(this.#buckets);
    this.#times = times;
    this.#totals = totals;
    this.#buckets = buckets;
  }

  #bytes(capacity: number): number {
    return capacity * (32 + this.layout.bucketCount * 4);
  }
}
