import type { Finding, FingerprintedDetection } from "@kontor/observer/diagnosis/finding";
import { mergeDetection } from "@kontor/observer/diagnosis/impact";
import { describe, expect, it } from "vitest";

function detection(timeMs: number, overrides: Partial<FingerprintedDetection> = {}): FingerprintedDetection {
  return {
    ...{
      fingerprint: "f",
      detector: "n-plus-one-sql",
      service: "shop",
      route: "GET /a",
      place: "p",
      causeKey: "c",
      title: "t",
    },
    ...{
      recommendation: `took ${timeMs}`,
      statement: "select",
      count: 5,
      timeMs,
      expectedGainMs: timeMs / 2,
    },
    ...{ evidenceSpanIds: ["s"], sufferers: [] },
    ...overrides,
  };
}

function merged(...times: readonly number[]): Finding {
  let finding: Finding | undefined;
  for (const [i, timeMs] of times.entries())
    finding = mergeDetection(finding, detection(timeMs), `t${i}`, i * 30_000);
  if (finding === undefined) throw new Error("needs a time");
  return finding;
}

describe("a finding grows by each trace that shows it", () => {
  it("in occurrences, time lost and use", () => {
    expect(merged(100, 300, 200, 0, 400).impact).toEqual({
      occurrences: 5,
      totalTimeMs: 1_000,
      tracesPerMinute: 2.5,
    });
    expect(merged(100).impact.tracesPerMinute).toBe(1);
  });

  it("and keeps the five worst traces, worst first, with the text of the worst", () => {
    const finding = merged(100, 700, 300, 200, 500, 400, 600);
    expect(finding.evidence.map((one) => one.timeMs)).toEqual([700, 600, 500, 400, 300]);
    expect(finding.recommendation).toBe("took 700");
    expect(finding.expectedGainMs).toBeCloseTo(200);
    expect([finding.firstSeenMs, finding.lastSeenMs]).toEqual([0, 180_000]);
  });

  it("and shows a trace once in its evidence", () => {
    const again = mergeDetection(merged(100), detection(200), "t0", 1);
    expect(again.evidence).toEqual([{ traceId: "t0", spanIds: ["s"], timeMs: 200 }]);
  });

  // Red when: isSettled leaves `validated` out.
  it.each([
    ["open", "open", 0],
    ["acknowledged", "acknowledged", 0],
    ["applied", "applied", 0],
    ["resolved", "reopened", 7],
    ["validated", "reopened", 7],
    ["reopened", "reopened", 0],
  ] as const)("%s becomes %s on return", (before, after, sinceMs) => {
    const { state, stateSinceMs } = mergeDetection({ ...merged(1), state: before }, detection(1), "t9", 7);
    expect([state, stateSinceMs]).toEqual([after, sinceMs]);
  });

  it("whatever the order in which traces are diagnosed", () => {
    const early = mergeDetection(
      mergeDetection(undefined, detection(5), "a", 9_000),
      detection(5),
      "b",
      4_000,
    );
    expect([early.firstSeenMs, early.lastSeenMs]).toEqual([4_000, 9_000]);
    expect(early.evidence.map((one) => one.traceId)).toEqual(["a", "b"]);
  });
});
