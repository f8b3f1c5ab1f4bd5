import { isSettled } from "../diagnosis/finding.ts";
import type { ReportedFinding, ReportTimes } from "./report-input.ts";

/** What a finding cost in the period, as the report states it. */
export interface PeriodCost {
  readonly occurrences: number;
  readonly lostMs: number;
  readonly expectedGainMs: number;
}

/**
 * Time times use in the period. Where all of a finding's life lies inside the period its own sums are taken: they are whole even when
 * its single occurrences are not kept any more.
 */
export function costInPeriod({ finding, use }: ReportedFinding, { fromMs, toMs }: ReportTimes): PeriodCost {
  if (finding.firstSeenMs < fromMs || finding.lastSeenMs >= toMs) return use;
  const { occurrences, totalTimeMs } = finding.impact;
  return { occurrences, lostMs: totalTimeMs, expectedGainMs: finding.expectedGainMs * occurrences };
}

/** What costs most first; what is over, and what was not seen in the period, after that. */
export function rankBottlenecks(
  findings: readonly ReportedFinding[],
  times: ReportTimes,
): readonly ReportedFinding[] {
  const place = (one: ReportedFinding): number => {
    if (costInPeriod(one, times).occurrences === 0) return 2;
    return isSettled(one.finding.state) ? 1 : 0;
  };
  return findings.toSorted(
    (a, b) =>
      place(a) - place(b) ||
      costInPeriod(b, times).lostMs - costInPeriod(a, times).lostMs ||
      b.finding.impact.totalTimeMs - a.finding.impact.totalTimeMs ||
      (a.finding.fingerprint < b.finding.fingerprint ? -1 : 1),
  );
}
