import type { PointValue } from "../point-record.ts";

/** Buckets of a ring: upper bounds in the unit of the signal, ascending; the bucket above the last bound has no upper end. */
export interface HistogramLayout {
  readonly bounds: Float64Array;
  readonly bucketCount: number;
}

/** Counts of one histogram by some layout's buckets. */
export interface BucketCounts {
  readonly layout: HistogramLayout;
  readonly counts: ArrayLike<number>;
}

/**
 * Gives one layout object per set of bounds, so that rings with the same bounds can be recognised by identity.
 * Bounded: beyond 512 different sets new ones are not shared any more.
 */
export class LayoutRegistry {
  readonly fine: HistogramLayout = toLayout(fineBounds());
  readonly #known = new Map<string, HistogramLayout>();
  readonly #mappings = new WeakMap<HistogramLayout, WeakMap<HistogramLayout, Uint16Array>>();

  /** @param bounds as sent; @param scale to the unit of the signal */
  ofBounds(bounds: readonly number[], scale: number): HistogramLayout {
    const key = `${scale}:${bounds.join(",")}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const layout = toLayout(bounds.map((bound) => bound * scale));
    if (this.#known.size < 512) this.#known.set(key, layout);
    return layout;
  }

  /** Where each bucket of one layout goes in another: to the bucket that holds its upper bound, so that no value is made smaller. */
  mapping(from: HistogramLayout, to: HistogramLayout): Uint16Array {
    const known = this.#mappings.get(from)?.get(to);
    if (known !== undefined) return known;
    const mapping = new Uint16Array(from.bucketCount);
    for (let bucket = 0; bucket < from.bucketCount; bucket++) {
      const upper = from.bounds[bucket];
      mapping[bucket] = upper === undefined ? to.bucketCount - 1 : findBucket(to, upper);
    }
    const mappings = this.#mappings.get(from) ?? new WeakMap<HistogramLayout, Uint16Array>();
    mappings.set(to, mapping);
    this.#mappings.set(from, mappings);
    return mapping;
  }
}

function toLayout(bounds: readonly number[]): HistogramLayout {
  return { bounds: Float64Array.from(bounds), bucketCount: bounds.length + 1 };
}

/**
 * The layout for values that come one by one (durations of spans) or in buckets of another shape (exponential histograms), in ms:
 * the default bounds of OpenTelemetry's HTTP metrics, each step cut into four, and more of them on both sides. A quantile is then at
 * most a fifth off, and the bounds that limits usually stand on are exact.
 */
function fineBounds(): number[] {
  const steps = [
    0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000,
  ];
  const coarse = [15_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000];
  const fine = steps.slice(1).flatMap((upper, index) => {
    const lower = steps[index] as number;
    const parts = upper / lower < 1.6 ? 2 : 4;
    return Array.from({ length: parts }, (_, part) => lower + ((upper - lower) * part) / parts);
  });
  return [...fine, 10_000, ...coarse];
}

/** The bucket of a value: values equal to a bound belong below it. */
export function findBucket(layout: HistogramLayout, value: number): number {
  const { bounds } = layout;
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= (bounds[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Adds the buckets of an exponential histogram to counts by a layout: each to where the middle of it lies, on its logarithmic scale.
 *
 * @param into one more count than the layout has bounds
 */
export function spreadExponential(
  value: Extract<PointValue, { kind: "exponential" }>,
  scale: number,
  layout: HistogramLayout,
  into: Float64Array,
): void {
  const base = 2 ** (2 ** -value.scale);
  const add = (
    buckets: { readonly offset: number; readonly counts: readonly number[] },
    sign: number,
  ): void => {
    for (const [index, count] of buckets.counts.entries()) {
      if (count === 0) continue;
      const middle = base ** (buckets.offset + index + 0.5) * scale * sign;
      const bucket = findBucket(layout, middle);
      into[bucket] = (into[bucket] as number) + count;
    }
  };
  add(value.positive, 1);
  add(value.negative, -1);
  const zero = findBucket(layout, 0);
  into[zero] = (into[zero] as number) + value.zeroCount;
}

/**
 * The quantile of a histogram, interpolated inside its bucket. What lies above the last bound reads as that bound.
 *
 * @param counts per bucket, not cumulative
 * @param quantile 0..1
 * @returns undefined where nothing was counted, or there are no bounds
 * @source Prometheus, `histogram_quantile` for classic histograms
 */
export function histogramQuantile({ layout, counts }: BucketCounts, quantile: number): number | undefined {
  const { bounds, bucketCount } = layout;
  if (bounds.length === 0) return undefined;
  let total = 0;
  for (let bucket = 0; bucket < bucketCount; bucket++) total += counts[bucket] as number;
  if (total <= 0) return undefined;
  const rank = quantile * total;
  let below = 0;
  for (let bucket = 0; bucket < bounds.length; bucket++) {
    const count = counts[bucket] as number;
    if (below + count >= rank && count > 0) {
      const upper = bounds[bucket] as number;
      if (bucket === 0 && upper <= 0) return upper;
      const lower = bucket === 0 ? 0 : (bounds[bucket - 1] as number);
      return lower + (upper - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return bounds[bounds.length - 1];
}
