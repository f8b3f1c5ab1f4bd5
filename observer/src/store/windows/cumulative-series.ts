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
  #lastTime = 0n;
  #start = 0n;
  #count = 0;
  #sum = 0;
  #buckets: Float64Array | undefined;
  readonly #recent: bigint[] = [];

  /**
   * @param now totals or differences of the point, `count` being the value itself for plain sums
   * @param isSenderKnown whether its sender was heard before, so that a series not seen yet began since then
   */
  follow(point: PointRecord, now: Increase, isSenderKnown: boolean): PointNews {
    if (point.metric.temporality === "delta") return this.#followDelta(point, now);
    const { timeUnixNano: time, startUnixNano: start } = point;
    const isFirst = this.#lastTime === 0n;
    if (time === this.#lastTime) return "repeated";
    if (time < this.#lastTime) return "late";
    const isReset =
      !isFirst && ((start !== 0n && start > this.#start && start >= this.#lastTime) || this.#hasFallen(now));
    const news = isFirst ? this.#first(point, now, isSenderKnown) : isReset ? now : this.#difference(now);
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

  #hasFallen(now: Increase): boolean {
    if (now.count < this.#count) return true;
    const before = this.#buckets;
    if (before === undefined || now.buckets === undefined || !now.areBucketsExact) return false;
    if (before.length !== now.buckets.length) return true;
    for (let index = 0; index < before.length; index++) {
      if ((now.buckets[index] as number) < (before[index] as number)) return true;
    }
    return false;
  }

  #difference(now: Increase): Increase {
    const before = this.#buckets;
    let buckets: Float64Array | undefined;
    if (now.buckets !== undefined && before !== undefined) {
      buckets = new Float64Array(before.length);
      // What a bucket lost was moved to a neighbour: it is taken from the next one that has something.
      let debt = 0;
      for (let index = 0; index < before.length; index++) {
        const increase = (now.buckets[index] as number) - (before[index] as number) + debt;
        buckets[index] = Math.max(increase, 0);
        debt = Math.min(increase, 0);
      }
    }
    const { areBucketsExact } = now;
    return { count: now.count - this.#count, sum: now.sum - this.#sum, buckets, areBucketsExact };
  }

  #rememberBuckets(buckets: ArrayLike<number> | undefined): void {
    if (buckets === undefined) this.#buckets = undefined;
    else if (this.#buckets?.length === buckets.length) this.#buckets.set(buckets);
    else this.#buckets = Float64Array.from(buckets);
  }
}
