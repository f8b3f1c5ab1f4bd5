import type { PointValue } from "../store/point-record.ts";

const maxBuckets = 1024;

/**
 * Whether a histogram agrees with itself, as OTLP demands. A point that claims more measurements than its buckets hold would fulfil a
 * minimum of requests that were never seen. A negative sum is allowed: the protocol only advises against it.
 *
 * @source opentelemetry/proto/metrics/v1/metrics.proto, `HistogramDataPoint`: no buckets at all is a form of its own, with count and sum
 */
export function isHistogram(value: Extract<PointValue, { kind: "histogram" }>): boolean {
  const { bounds, counts, count, sum } = value;
  if (!isPopulation(count, sum)) return false;
  if (counts.length === 0 && bounds.length === 0) return true;
  return (
    counts.length === bounds.length + 1 &&
    areAscending(bounds) &&
    areCounts(counts) &&
    total(counts) === count
  );
}

/** The same for an exponential histogram: zero, positive and negative buckets together are its count. Scales as the specification bounds them. */
export function isExponentialHistogram(value: Extract<PointValue, { kind: "exponential" }>): boolean {
  const { scale, count, sum, zeroCount, positive, negative } = value;
  return (
    scale >= -10 &&
    scale <= 20 &&
    isPopulation(count, sum) &&
    areCounts([zeroCount]) &&
    areCounts(positive.counts) &&
    areCounts(negative.counts) &&
    zeroCount + total(positive.counts) + total(negative.counts) === count
  );
}

/** "If count is zero then this field must be zero", says the protocol of the sum. */
function isPopulation(count: number, sum: number | undefined): boolean {
  return areCounts([count]) && (count > 0 || sum === undefined || sum === 0);
}

function areAscending(bounds: readonly number[]): boolean {
  return bounds.every(
    (bound, index) => Number.isFinite(bound) && (index === 0 || bound > (bounds[index - 1] as number)),
  );
}

function areCounts(counts: readonly number[]): boolean {
  return counts.length <= maxBuckets && counts.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
