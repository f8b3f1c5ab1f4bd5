import type { BenchRow } from "./bench-row.ts";

export type Delays = {
  name: string;
  /** In any order; one that never ended is not among them. */
  delaysMs: readonly number[];
  /** How many there should be. With fewer, nothing is measured: what never came would make the others look good. */
  runs: number;
  /** What the median is held to; only shown when left out. */
  medianSecondsMax?: number;
  note: string;
};

/** Median, fastest, p90 and slowest of delays, in seconds. */
export function toDelayRows({ name, delaysMs, runs, medianSecondsMax, note }: Delays): BenchRow[] {
  if (delaysMs.length < runs || runs === 0) {
    const missing = `${delaysMs.length} of ${runs} came; ${note}`;
    return [{ name, value: "not measured", unit: "s", note: missing }];
  }
  const row = (what: string, ratio: number): BenchRow => ({
    name: `${name}: ${what}`,
    value: quantile(delaysMs, ratio) / 1_000,
    unit: "s",
  });
  const median = row("median", 0.5);
  const held =
    medianSecondsMax === undefined
      ? {}
      : { target: `<= ${medianSecondsMax}`, met: Number(median.value) <= medianSecondsMax };
  return [{ ...median, ...held, note }, row("fastest", 0), row("p90", 0.9), row("slowest", 1)];
}

/** The value that so large a share lies below. @param ratio 0..1 @returns NaN of nothing */
export function quantile(values: readonly number[], ratio: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(ratio * sorted.length))] ?? Number.NaN;
}
