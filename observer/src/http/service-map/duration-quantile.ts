import type { CallGroup } from "../../store/call-history.ts";

/** A quantile of durations that were counted in stretches of 10 %: the middle of the stretch it lies in. 0 where nothing was counted. */
export function toDurationQuantile(durations: CallGroup["durations"], share: number): number {
  const sorted = durations.toSorted(([a], [b]) => a - b);
  const rank = share * sorted.reduce((sum, [, calls]) => sum + calls, 0);
  let seen = 0;
  for (const [stretch, calls] of sorted) {
    seen += calls;
    if (seen >= rank) return 1.1 ** (stretch + 0.5);
  }
  return 0;
}
