import type { CounterInput, EventInput } from "../../signals/signal-definition.ts";
import { intervalsPerWindow } from "../export-interval.ts";
import type { NamedEvents, OwnedRing, ServiceEvents } from "./event-input.ts";
import type { WindowTotals } from "./event-ring.ts";
import {
  type BucketCounts,
  type HistogramLayout,
  histogramQuantile,
  type LayoutRegistry,
} from "./histogram-layout.ts";

/** `(atMs - windowMs, atMs]`, made longer for senders that export too rarely for it. */
export interface Window {
  readonly windowMs: number;
  readonly atMs: number;
}

/** What several rings have in a window together. */
export interface MergedEvents {
  count: number;
  failed: number;
  sum: number;
  /** The most points that any one ring has. */
  points: number;
  newestAtMs: number;
  /** The longest window that was used for any of them. */
  effectiveMs: number;
  /** How long the counts took to happen, for rates; see `coveredMs`. */
  rateMs: number;
  isUnweighted: boolean;
}

/** Reads rings of events over one window; the memory it needs for that is made once. */
export class EventReader {
  readonly #window: Window;
  readonly #layouts: LayoutRegistry;
  readonly #totals: WindowTotals = {
    count: 0,
    failed: 0,
    sum: 0,
    points: 0,
    newestAtMs: undefined,
    previousAtMs: undefined,
  };
  #scratch = new Float64Array(128);

  constructor(window: Window, layouts: LayoutRegistry) {
    this.#window = window;
    this.#layouts = layouts;
  }

  /** Adds up what several rings have in the window; undefined where none of them has a point in it. */
  merge(rings: readonly OwnedRing[]): MergedEvents | undefined {
    const { atMs, windowMs } = this.#window;
    const totals = this.#totals;
    // Written out, for spreading makes objects that are slow to change: this runs for every route of every signal.
    const merged: MergedEvents = {
      count: 0,
      failed: 0,
      sum: 0,
      points: 0,
      newestAtMs: -1,
      effectiveMs: windowMs,
      rateMs: 0,
      isUnweighted: false,
    };
    for (const { ring } of rings) {
      const effectiveMs = this.effectiveMs(ring.intervalMs);
      ring.read(atMs - effectiveMs, atMs, totals);
      if (totals.newestAtMs === undefined) continue;
      merged.count += totals.count;
      merged.failed += totals.failed;
      merged.sum += totals.sum;
      merged.points = Math.max(merged.points, totals.points);
      merged.newestAtMs = Math.max(merged.newestAtMs, totals.newestAtMs);
      merged.effectiveMs = Math.max(merged.effectiveMs, effectiveMs);
      merged.rateMs = Math.max(merged.rateMs, coveredMs(totals, ring.isCumulative, effectiveMs));
      merged.isUnweighted ||= ring.isUnweighted;
    }
    return merged.newestAtMs < 0 ? undefined : merged;
  }

  /** Of all rings together; undefined where nothing was counted in buckets. */
  quantile(rings: readonly OwnedRing[], quantile: number): number | undefined {
    const histogram = this.histogram(rings);
    return histogram === undefined ? undefined : histogramQuantile(histogram, quantile);
  }

  /** The buckets of all rings together, undefined where none has any. The counts are valid until the next call. */
  histogram(rings: readonly OwnedRing[]): BucketCounts | undefined {
    const layout = this.#commonLayout(rings);
    if (layout === undefined) return undefined;
    const { atMs } = this.#window;
    if (this.#scratch.length < layout.bucketCount) this.#scratch = new Float64Array(layout.bucketCount);
    const counts = this.#scratch.fill(0, 0, layout.bucketCount);
    for (const { ring } of rings) {
      const startMs = atMs - this.effectiveMs(ring.intervalMs);
      if (ring.layout === layout) ring.addBuckets(startMs, atMs, counts);
      else if (ring.layout.bounds.length > 0) {
        const own = new Float64Array(ring.layout.bucketCount);
        ring.addBuckets(startMs, atMs, own);
        addMapped(own, this.#layouts.mapping(ring.layout, layout), counts);
      }
    }
    return { layout, counts };
  }

  /** The first name of the input under which the service has sent something inside the window. */
  chooseName(service: ServiceEvents, input: EventInput | CounterInput): NamedEvents | undefined {
    const { atMs } = this.#window;
    const mustBeComplete = input.kind === "histogram" && input.requires.length > 0;
    for (const named of service.names) {
      if (named === undefined || (mustBeComplete && !named.isComplete)) continue;
      for (const { ring } of named.service.rings) {
        if (ring.hasPointIn(atMs - this.effectiveMs(ring.intervalMs), atMs)) return named;
      }
    }
    return undefined;
  }

  effectiveMs(intervalMs: number): number {
    return Math.max(this.#window.windowMs, intervalMs * intervalsPerWindow);
  }

  /** The layout of all rings, or the fine one where they differ. */
  #commonLayout(rings: readonly OwnedRing[]): HistogramLayout | undefined {
    let common: HistogramLayout | undefined;
    for (const { ring } of rings) {
      if (ring.layout.bounds.length === 0) continue;
      if (common !== undefined && common !== ring.layout) return this.#layouts.fine;
      common = ring.layout;
    }
    return common;
  }
}

/** Adds counts by one layout to counts by another. */
export function addMapped(counts: ArrayLike<number>, mapping: Uint16Array, into: Float64Array): void {
  for (const [bucket, place] of mapping.entries()) {
    into[place] = (into[place] as number) + (counts[bucket] as number);
  }
}

/**
 * How long the counts of a window took to happen. A sender of running totals exports at every interval, so it is the time between
 * the last export before the window and the last in it; for all others it is the window.
 */
function coveredMs(totals: WindowTotals, isCumulative: boolean, effectiveMs: number): number {
  if (!isCumulative || totals.previousAtMs === undefined || totals.newestAtMs === undefined)
    return effectiveMs;
  return totals.newestAtMs - totals.previousAtMs;
}
