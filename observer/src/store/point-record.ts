import type { Attributes, ResourceRecord, ScopeRecord } from "./span-record.ts";

export type MetricKind = "gauge" | "sum" | "histogram" | "exponentialHistogram" | "summary";

/** What all points of one metric in a batch share. */
export interface MetricRecord {
  readonly name: string;
  readonly description: string;
  /** UCUM, as sent: `s`, `By`, `1`, `{request}`. */
  readonly unit: string;
  readonly kind: MetricKind;
  /** Of sums and histograms; "unspecified" for gauges and summaries. */
  readonly temporality: "unspecified" | "delta" | "cumulative";
  /** Of sums; false for all others. */
  readonly monotonic: boolean;
}

/** Counts of one sign of an exponential histogram: bucket i covers (base^(offset+i), base^(offset+i+1)]. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** A measurement that was kept as an example, with the span it was made in. */
export interface Exemplar {
  readonly timeUnixNano: bigint;
  readonly value: number;
  /** 32 and 16 lower-case hex digits, or "" where the measurement was made outside of a span. */
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

/**
 * What kind of value a point carries. Counts are floats because a point's counts are only ever added and divided; they are exact
 * up to 2^53, and a sender that counts further is refused.
 */
export type PointValue =
  | {
      readonly kind: "number";
      readonly value: number;
      /** The sender's own digits where an integer is beyond 2^53 and `value` therefore rounded. */
      readonly exactValue?: string;
    }
  | {
      readonly kind: "histogram";
      readonly count: number;
      readonly sum: number | undefined;
      readonly min: number | undefined;
      readonly max: number | undefined;
      /** Upper bounds, ascending; one fewer than `counts`. Both empty where the sender counts without buckets. */
      readonly bounds: readonly number[];
      readonly counts: readonly number[];
    }
  | {
      readonly kind: "exponential";
      readonly count: number;
      readonly sum: number | undefined;
      readonly min: number | undefined;
      readonly max: number | undefined;
      readonly scale: number;
      readonly zeroCount: number;
      readonly zeroThreshold: number;
      readonly positive: ExponentialBuckets;
      readonly negative: ExponentialBuckets;
    }
  | {
      readonly kind: "summary";
      readonly count: number;
      readonly sum: number;
      readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
    }
  /** The sender says that nothing was recorded: the end of a series, never a zero. */
  | { readonly kind: "none" };

/** One metric point as every room after ingest sees it. */
export interface PointRecord {
  readonly metric: MetricRecord;
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  readonly attributes: Attributes;
  /** 0n where the sender names no start. */
  readonly startUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly flags: number;
  readonly value: PointValue;
  readonly exemplars: readonly Exemplar[];
  readonly receivedAtMs: number;
}

/** Marks the series that takes what is beyond a bound. @source OpenTelemetry metrics SDK, "Overflow attribute" */
export const overflowAttribute = "otel.metric.overflow";
