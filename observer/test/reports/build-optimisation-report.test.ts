import { buildOptimisationReport } from "@kontor/observer/reports/build-optimisation-report";
import { endpointKey, type ReportedFinding } from "@kontor/observer/reports/report-input";
import { optimisationReportSchema } from "@kontor/observer/reports/report-schema";
import { describe, expect, it } from "vitest";
import { realisticInput } from "./realistic-input.ts";
import {
  alertOf,
  deploymentOf,
  effectOf,
  endpointOf,
  findingOf,
  fromMs,
  hourMs,
  inputOf,
  measureOf,
  publicUrl,
  reportOf,
  times,
  toMs,
  transitionOf,
} from "./report-fixture.ts";

const release = deploymentOf("core-erp", "1.5.0", fromMs + 10 * hourMs);

function effect(
  before: [number, number, number, number],
  after: [number, number, number, number],
  finding?: ReportedFinding,
) {
  const one = finding ?? findingOf(1);
  const side = ([requests, low, high, occurrences]: typeof before) => ({
    measure: measureOf(requests, low, high),
    occurrences,
  });
  const report = reportOf({
    findings: [one],
    deployments: [release],
    effects: [effectOf(one, release, side(before), side(after))],
  });
  return report.bottlenecks[0]?.measuredEffect;
}

describe("ranking", () => {
  it("puts the time lost in the period first, whatever the finding cost before it", () => {
    const old = findingOf(1, {
      lostMs: 10_000,
      occurrences: 900,
      impact: { occurrences: 9e6, totalTimeMs: 9e9, tracesPerMinute: 1 },
    } as never);
    const now = findingOf(2, { lostMs: 50_000, occurrences: 3 });
    // Red when: rankBottlenecks compares impact.totalTimeMs before costInPeriod
    expect(reportOf({ findings: [old, now] }).bottlenecks.map(({ rank, title }) => [rank, title])).toEqual([
      [1, now.finding.title],
      [2, old.finding.title],
    ]);
  });

  it("lists what is resolved after what is open, and what was not seen in the period last", () => {
    const quiet = findingOf(1, {
      lostMs: 0,
      occurrences: 0,
      impact: { occurrences: 5, totalTimeMs: 9e9, tracesPerMinute: 1 },
    } as never);
    const resolved = findingOf(2, { lostMs: 90_000, state: "resolved" });
    const open = findingOf(3, { lostMs: 10 });
    const { bottlenecks } = reportOf({ findings: [quiet, resolved, open] });
    expect(bottlenecks.map(({ fingerprint }) => fingerprint)).toEqual(
      [open, resolved, quiet].map(({ finding }) => finding.fingerprint),
    );
    expect(bottlenecks.map(({ seenInPeriod }) => seenInPeriod)).toEqual([true, true, false]);
  });

  it("counts a finding that lived in the period alone by its own sums, when its occurrences are gone", () => {
    const young = findingOf(1, {
      firstSeenMs: fromMs + 1,
      lostMs: 7_000,
      occurrences: 70,
      use: { occurrences: 1, lostMs: 1 },
    });
    expect(reportOf({ findings: [young] }).bottlenecks[0]?.impact).toMatchObject({
      occurrences: 70,
      lostMs: 7_000,
    });
  });

  it("says what share of its endpoint's time a bottleneck takes, and nothing where that is not known", () => {
    const endpoints = [endpointOf("core-erp", "GET /api/orders", { totalMs: 240_000 })];
    const known = findingOf(1, { lostMs: 60_000 });
    const background = findingOf(2, { route: undefined });
    const { bottlenecks } = reportOf({ endpoints, findings: [known, background] });
    expect(bottlenecks.map(({ impact }) => impact.shareOfEndpointTime)).toEqual([0.25, null]);
  });
});

describe("states", () => {
  const acknowledgement = {
    author: "Ada",
    reason: "waits for the release",
    atMs: fromMs,
    untilMs: times.nowMs + 1,
  };

  it("names who accepted a finding, why and until when", () => {
    const { bottlenecks } = reportOf({
      findings: [findingOf(1, { state: "acknowledged", stateSinceMs: fromMs, acknowledgement })],
    });
    expect(bottlenecks[0]?.state).toEqual({
      name: "acknowledged",
      since: new Date(fromMs).toISOString(),
      acknowledgedBy: "Ada",
      reason: "waits for the release",
      until: new Date(times.nowMs + 1).toISOString(),
      applied: null,
    });
  });

  it("an acknowledgement that has run out is open again", () => {
    const over = { ...acknowledgement, untilMs: times.nowMs };
    const { bottlenecks, totals } = reportOf({
      findings: [findingOf(1, { state: "acknowledged", acknowledgement: over })],
    });
    // Red when: toState asks for untilMs >= nowMs
    expect(bottlenecks[0]?.state.name).toBe("open");
    expect(totals.states).toMatchObject({ open: 1, reopened: 0, acknowledged: 0, resolved: 0 });
  });

  it("tells what is resolved and what came back", () => {
    const findings = [
      findingOf(1, { state: "resolved", stateSinceMs: toMs - 5 }),
      findingOf(2, { state: "reopened", stateSinceMs: toMs - 9 }),
    ];
    const { bottlenecks, totals } = reportOf({ findings });
    expect(bottlenecks.map(({ state }) => [state.name, state.since])).toEqual([
      ["reopened", new Date(toMs - 9).toISOString()],
      ["resolved", new Date(toMs - 5).toISOString()],
    ]);
    expect(totals.lostMs).toBe(60_000);
  });
});

describe("measured effect", () => {
  it("is faster where the bounds of median or p95 do not touch, and says that the finding is gone", () => {
    const measured = effect([2_000, 100, 500, 800], [2_000, 50, 200, 0]);
    expect(measured).toMatchObject({ verdict: "faster", isGone: true, version: "1.5.0" });
    expect(measured?.before.medianMs?.value).toBeCloseTo(300);
    expect(measured?.after.p95Ms?.value).toBeCloseTo(192.5);
  });

  it("is slower the other way round, and not gone while it is still seen", () => {
    expect(effect([2_000, 50, 200, 9], [2_000, 100, 500, 800])).toMatchObject({
      verdict: "slower",
      isGone: false,
    });
  });

  it("is no change within the noise, and none below five percent however certain", () => {
    expect(effect([60, 100, 500, 9], [60, 120, 480, 9])?.verdict).toBe("unchanged");
    expect(effect([900_000, 100, 500, 9], [900_000, 103, 512, 9])?.verdict).toBe("unchanged");
  });

  it("needs 50 requests on both sides", () => {
    expect(effect([50, 100, 110, 9], [50, 10, 11, 0])?.verdict).toBe("faster");
    // Red when: effectRequestsMin is 49
    expect(effect([49, 100, 110, 9], [5_000, 10, 11, 0])?.verdict).toBe("not enough data");
    expect(effect([5_000, 100, 110, 9], [0, 0, 0, 0])).toMatchObject({
      verdict: "not enough data",
      isGone: false,
    });
  });

  it("is missing with its reason", () => {
    const { bottlenecks } = reportOf({
      findings: [findingOf(1), findingOf(2, { route: undefined }), findingOf(3, { service: "auth" })],
      deployments: [release],
    });
    expect(new Map(bottlenecks.map((one) => [one.title.slice(15, 16), one.unmeasured]))).toEqual(
      new Map([
        ["1", "not among the costliest"],
        ["2", "background work"],
        ["3", "not deployed"],
      ]),
    );
  });
});

describe("breaches", () => {
  const alert = alertOf({ firedAtMs: fromMs + hourMs });

  it("lasts from firing to resolved, over relapses, with the worst value", () => {
    const transitions = [
      transitionOf("pending", "firing", fromMs + hourMs, alert, 700),
      transitionOf("firing", "recovering", fromMs + 2 * hourMs, alert, 430),
      transitionOf("recovering", "firing", fromMs + 2.1 * hourMs, alert, 912),
      transitionOf("firing", "resolved", fromMs + 3 * hourMs, alert, 390),
    ].toReversed();
    expect(reportOf({ transitions }).breaches).toMatchObject([
      {
        kind: "breach",
        observed: 912,
        limit: 500,
        bound: "max",
        durationMs: 2 * hourMs,
        relapses: 1,
        ended: new Date(fromMs + 3 * hourMs).toISOString(),
      },
    ]);
  });

  it("keeps its real beginning when it began before the period, and lasts until the end when nothing ended it", () => {
    const early = { ...alert, firedAtMs: fromMs - 5 * hourMs, sinceMs: fromMs - 5 * hourMs };
    const silent = alertOf({ fingerprint: "b", firedAtMs: fromMs - hourMs, sinceMs: fromMs - hourMs });
    const { breaches, totals } = reportOf({
      transitions: [transitionOf("firing", "resolved", fromMs + hourMs, early, 1)],
      activeAlerts: [silent],
    });
    expect(breaches).toMatchObject([
      { fingerprint: "b", ended: null, durationMs: 25 * hourMs },
      { begun: new Date(fromMs - 5 * hourMs).toISOString(), durationMs: 6 * hourMs },
    ]);
    expect(totals).toMatchObject({ breaches: 2, firing: 1 });
  });

  // Red when: a breach that lasts is told by what was known when it fired: its first value, and nothing that explains it.
  it("has the worst value since it fired, and of one that lasts what explains it by now", () => {
    const ended = { ...alert, fingerprint: "e" };
    const finding = { fingerprint: "f1", title: "N+1", recommendation: "join" };
    const now = { ...alert, sinceMs: fromMs + 1, firedAtMs: fromMs + 1, worst: 6_310, findings: [finding] };
    const transitions = [
      transitionOf("firing", "resolved", fromMs + 3, { ...ended, worst: 2_500 }, 90),
      transitionOf("inactive", "firing", fromMs + 1, ended, 620),
      transitionOf("inactive", "firing", fromMs + 1, alert, 819),
    ];
    expect(reportOf({ transitions, activeAlerts: [now] }).breaches).toMatchObject([
      { fingerprint: alert.fingerprint, observed: 6_310, findings: [{ title: "N+1" }], ended: null },
      { fingerprint: "e", observed: 2_500 },
    ]);
  });

  it("the worst value of a lower bound is the lowest", () => {
    const idle = { ...alert, rule: "availabilityRatioMin", limit: 0.9 };
    const transitions = [
      transitionOf("firing", "recovering", fromMs + 2, idle, 0.95),
      transitionOf("inactive", "firing", fromMs + 1, idle, 0.4),
    ];
    expect(reportOf({ transitions }).breaches).toMatchObject([{ bound: "min", observed: 0.4, ended: null }]);
  });

  it("time in which nobody could tell is no breach", () => {
    const transitions = [transitionOf("inactive", "noData", fromMs + 1, { ...alert, reason: "no data" })];
    const { breaches, totals } = reportOf({ transitions });
    expect(breaches).toMatchObject([{ kind: "no data", ended: null }]);
    expect(totals.breaches).toBe(0);
  });
});

describe("headline", () => {
  it("is the critical breach that lasts, with the bottleneck behind it", () => {
    const { headline, tone } = buildOptimisationReport(realisticInput(), times);
    expect(tone).toBe("bad");
    expect(headline).toMatch(
      /^GET \/api\/orders of core-erp has been above its limit of 500 ms .* for 2\.2 h; behind it: N\+1/,
    );
  });

  it("is the costliest open bottleneck where nothing is broken", () => {
    const findings = [findingOf(1, { lostMs: 9e6, state: "resolved" }), findingOf(2)];
    const { headline, tone } = reportOf({ findings });
    expect([tone, headline]).toEqual([
      "warn",
      expect.stringMatching(
        /^No limit is broken now; GET \/api\/orders of core-erp loses most: N\+1: statement 2/,
      ),
    ]);
  });

  it("tells a quiet day from a day without data", () => {
    expect(reportOf({ endpoints: [endpointOf("a", "GET /")] }).headline).toBe(
      "Nothing hurts: no limit was broken, and no bottleneck was seen in 1,000 requests.",
    );
    expect(reportOf()).toMatchObject({
      tone: "unknown",
      headline: expect.stringContaining("Nothing was measured"),
    });
  });
});

it("endpoints over their limit come before slower ones that have none, those with few requests last", () => {
  const over = endpointOf("a", "GET /over", { p95Ms: 600 });
  const slow = endpointOf("a", "GET /slow", { p95Ms: 9_000 });
  const rare = endpointOf("a", "GET /rare", { p95Ms: 99_000, requests: 19 });
  const latencyLimits = new Map([endpointKey(over), endpointKey(rare)].map((key) => [key, 500]));
  const { slowEndpoints, totals } = reportOf({ endpoints: [rare, slow, over], latencyLimits });
  expect(slowEndpoints.map(({ route }) => route)).toEqual(["GET /over", "GET /slow", "GET /rare"]);
  expect(totals.endpointsOverLimit).toBe(1);
});

it("is what its schema says, links lead to this observer, and an empty period is a report too", () => {
  const report = buildOptimisationReport(realisticInput(), times);
  expect(optimisationReportSchema.parse(report)).toEqual(report);
  const urls = [...JSON.stringify(report).matchAll(/"url":"([^"]*)"/g)].map(([, url]) => url);
  expect(urls.filter((url) => !url?.startsWith(`${publicUrl}/`))).toEqual([]);
  const empty = buildOptimisationReport(inputOf(), times);
  expect(optimisationReportSchema.parse(empty)).toEqual(empty);
  expect(empty).toMatchObject({
    bottlenecks: [],
    breaches: [],
    slowEndpoints: [],
    courses: [],
    deployments: [],
  });
});
