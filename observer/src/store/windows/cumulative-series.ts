import { overflowAttribute, type PointRecord } from "../point-record.ts";

/** What a point adds to what was known of its series. Buckets are those of the point. */
export interface Increase {
  readonly count: number;
  readonly sum: number;
  readonly buckets: ArrayLike<number> | undefined;
  /** Buckets that were moved to other bounds may fall where another scale moved them elsewhere; that is no reset. */
  readonly areBucketsExact: boolean;
}

export type PointNews = Increase | "repeated" | "late" | "baseline";

/** A process that began to count so recently is counted from its beginning, though nothing was heard of it before. */
const freshStartMs = 90_000;
const remembered = 8;

/**
 * Follows one series of sums or histograms, so that each point is counted once whatever way its sender counts: running totals give
 * their differences, with resets recognised by a new start or a falling total; differences are taken as they are; repeats are known
 * by their time.
 */
export class CountedSeries {
  #lastTime: bigint | undefined;
  #start = 0n;
  #count = 0;
  #sum = 0;
  #buckets: Float64Array | undefined;
  /** Written by each difference, because a tick of a large system makes thousands. */
  #increases: Float64Array | undefined;
  readonly #recent: bigint[] = [];

  /**
   * @param now totals or differences of the point, `count` being the value itself for plain sums
   * @param isSenderKnown whether its sender was heard before, so that a series not seen yet began since then
   * @returns buckets in it are valid until the next call
   */
  follow(point: PointRecord, now: Increase, isSenderKnown: boolean): PointNews {
    if (point.metric.temporality === "delta") return this.#followDelta(point, now);
    const { timeUnixNano: time, startUnixNano: start } = point;
    const last = this.#lastTime;
    if (last !== undefined && time <= last) return time === last ? "repeated" : "late";
    const news =
      last === undefined
        ? this.#first(point, now, isSenderKnown)
        : this.#hasRestarted(start, last)
          ? now
          : (this.#difference(now) ?? now);
    this.#lastTime = time;
    this.#start = start;
    this.#count = now.count;
    this.#sum = now.sum;
    this.#rememberBuckets(now.buckets);
    return news;
  }

  #first(point: PointRecord, now: Increase, isSenderKnown: boolean): PointNews {
    const { startUnixNano: start, timeUnixNano: time } = point;
    const isFresh = start !== 0n && time - start <= BigInt(freshStartMs) * 1_000_000n;
    return isSenderKnown || isFresh ? now : "baseline";
  }

  #followDelta(point: PointRecord, now: Increase): PointNews {
    const time = point.timeUnixNano;
    // Points of many series join here, all of one time: losing them would be worse than counting one that was sent again.
    if (point.attributes[overflowAttribute] === true) return now;
    if (this.#recent.includes(time)) return "repeated";
    this.#recent.push(time);
    if (this.#recent.length > remembered) this.#recent.shift();
    return now;
  }

  #hasRestarted(start: bigint, lastTime: bigint): boolean {
    return start > this.#start && start >= lastTime;
  }

  /** @returns undefined where a total has fallen: the sender began anew */
  #difference(now: Increase): Increase | undefined {
    const { areBucketsExact } = now;
    const count = now.count - this.#count;
    if (count < 0) return undefined;
    const sum = now.sum - this.#sum;
    const before = this.#buckets;
    const after = now.buckets;
    if (after === undefined || before === undefined)
      return { count, sum, buckets: undefined, areBucketsExact };
    if (areBucketsExact && before.length !== after.length) return undefined;
    if (this.#increases?.length !== before.length) this.#increases = new Float64Array(before.length);
    const buckets = this.#increases;
    // What a bucket lost was moved to a neighbour: it is taken from the next one that has something.
    let debt = 0;
    for (let index = 0; index < before.length; index++) {
      const increase = (after[index] as number) - (before[index] as number) + debt;
      if (increase >= 0) {
        buckets[index] = increase;
        debt = 0;
      } else if (areBucketsExact) return undefined;
      else {
        buckets[index] = 0;
        debt = increase;
      }
    }
    return { count, sum, buckets, areBucketsExact };
  }

  #rememberBuckets(buckets: ArrayLike<number> | undefined): void {
    if (buckets === undefined) {
      this.#buckets = undefined;
      return;
    }
    if (this.#buckets?.length !== buckets.length) this.#buckets = new Float64Array(buckets.length);
    const kept = this.#buckets;
    // Copied one by one: `set` is slow for a plain array, which is what is decoded.
    for (let index = 0; index < kept.length; index++) kept[index] = buckets[index] as number;
  }
}
