import { overflowAttribute, type PointRecord } from "../store/point-record.ts";
import type { Attributes, ResourceRecord } from "../store/span-record.ts";

/** The attributes of the series that takes what is beyond the bound. */
export const overflowAttributes: Attributes = { [overflowAttribute]: true };

export interface CardinalityLimits {
  /** Series of one metric of one resource. */
  readonly maxSeriesPerMetric: number;
  /** Series of all. */
  readonly maxSeries: number;
  /** A series silent for so long is forgotten and makes room. */
  readonly forgetAfterMs: number;
}

/**
 * Bounds how many series the observer keeps. Points of known series always pass. Beyond a bound, delta points of new series join one
 * overflow series, where they add up to the right total; cumulative ones and gauges cannot be added without remembering each, which
 * is what the bound forbids, so they are refused.
 */
export class CardinalityGuard {
  readonly #limits: CardinalityLimits;
  /** When each series was last seen, by its attributes, per metric and resource. */
  readonly #metrics = new Map<ResourceRecord, Map<string, Map<string, number>>>();
  #size = 0;
  #sweptAtMs = 0;

  constructor(limits: CardinalityLimits) {
    this.#limits = limits;
  }

  get seriesCount(): number {
    return this.#size;
  }

  /** @returns the point, the point moved to the overflow series, or undefined when it has to be refused */
  admit(point: PointRecord, nowMs: number): PointRecord | undefined {
    if (nowMs - this.#sweptAtMs > this.#limits.forgetAfterMs / 4) this.#sweep(nowMs);
    const known = this.#metrics.get(point.resource)?.get(point.metric.name);
    const key = JSON.stringify(point.attributes);
    if (known?.has(key)) {
      known.set(key, nowMs);
      return point;
    }
    if ((known?.size ?? 0) < this.#limits.maxSeriesPerMetric && this.#size < this.#limits.maxSeries) {
      (known ?? this.#begin(point)).set(key, nowMs);
      this.#size++;
      return point;
    }
    if (point.metric.temporality !== "delta") return undefined;
    return { ...point, attributes: overflowAttributes };
  }

  #begin(point: PointRecord): Map<string, number> {
    let metrics = this.#metrics.get(point.resource);
    if (metrics === undefined) {
      metrics = new Map();
      this.#metrics.set(point.resource, metrics);
    }
    const series = new Map<string, number>();
    metrics.set(point.metric.name, series);
    return series;
  }

  #sweep(nowMs: number): void {
    this.#sweptAtMs = nowMs;
    for (const [resource, metrics] of this.#metrics) {
      for (const [name, series] of metrics) {
        for (const [key, seenAtMs] of series) {
          if (nowMs - seenAtMs <= this.#limits.forgetAfterMs) continue;
          series.delete(key);
          this.#size--;
        }
        if (series.size === 0) metrics.delete(name);
      }
      if (metrics.size === 0) this.#metrics.delete(resource);
    }
  }
}
