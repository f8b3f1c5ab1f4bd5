import { isSettled } from "../diagnosis/finding.ts";
import { listBreaches } from "./breaches.ts";
import { chooseDeployment, toIso, toMeasuredEffect } from "./effect.ts";
import { toHeadline } from "./headline.ts";
import { costInPeriod, rankBottlenecks } from "./rank-bottlenecks.ts";
import { describeSources } from "./report-appendix.ts";
import {
  chooseSlotMs,
  endpointKey,
  type ReportedFinding,
  type ReportInput,
  type ReportTimes,
} from "./report-input.ts";
import type {
  Bottleneck,
  BottleneckState,
  Course,
  MeasuredEffect,
  OptimisationReport,
  SlowEndpoint,
} from "./report-schema.ts";
import { limitUse, rankSlowEndpoints } from "./slow-endpoints.ts";

const hourMs = 3_600_000;
const slowEndpointsMax = 25;

/**
 * The optimisation report of a period: what costs most, what was done about it and what that brought, and which limits were broken.
 *
 * @param input as `collectReportInput` gathers it
 * @param times ms since the epoch; `fromMs` inclusive, `toMs` exclusive and not after `nowMs`
 */
export function buildOptimisationReport(input: ReportInput, times: ReportTimes): OptimisationReport {
  const links = createLinks(input.publicUrl);
  const ranked = rankBottlenecks(input.findings, times);
  const bottlenecks = ranked.map((reported, at) => toBottleneck(reported, at + 1, input, times, links));
  const breaches = listBreaches(input, times, links);
  const totals = countTotals(input, bottlenecks, breaches);
  const { headline, tone } = toHeadline({ bottlenecks, breaches, totals });
  const slow = rankSlowEndpoints(input.endpoints, input.latencyLimits).slice(0, slowEndpointsMax);
  return {
    report: "optimisation",
    headline,
    tone,
    period: {
      from: toIso(times.fromMs),
      to: toIso(times.toMs),
      generatedAt: toIso(times.nowMs),
      slotMs: chooseSlotMs(times),
    },
    totals,
    bottlenecks,
    breaches,
    slowEndpoints: slow.map((use) => toSlowEndpoint(use, input, totals.requestMs, bottlenecks, links)),
    courses: toCourses(input),
    deployments: input.deployments
      .filter(({ deployedAtMs }) => deployedAtMs >= times.fromMs && deployedAtMs < times.toMs)
      .toSorted((a, b) => a.deployedAtMs - b.deployedAtMs)
      .map(({ deployedAtMs, announcedBy, note, ...where }) => ({
        environment: where.environment,
        namespace: where.namespace,
        service: where.service,
        version: where.version,
        deployedAt: toIso(deployedAtMs),
        announcedBy: announcedBy ?? null,
        note: note ?? null,
      })),
    appendix: describeSources(input, times),
  };
}

interface Links {
  finding(fingerprint: string): string;
  trace(traceId: string): string;
}

/** Ids are put into addresses as one encoded segment: none can leave its place, and none can end a Markdown link. */
function createLinks(publicUrl: string): Links {
  const segment = (text: string): string =>
    encodeURIComponent(text.toWellFormed()).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16)}`,
    );
  return {
    finding: (fingerprint) => `${publicUrl}/findings/${segment(fingerprint)}`,
    trace: (traceId) => `${publicUrl}/traces/${segment(traceId)}`,
  };
}

function toBottleneck(
  reported: ReportedFinding,
  rank: number,
  input: ReportInput,
  times: ReportTimes,
  links: Links,
): Bottleneck {
  const { finding, use } = reported;
  const cost = costInPeriod(reported, times);
  const effect = toEffect(reported, input);
  return {
    rank,
    fingerprint: finding.fingerprint,
    url: links.finding(finding.fingerprint),
    detector: finding.detector,
    title: finding.title,
    service: finding.service,
    endpoint: finding.route ?? null,
    place: finding.place,
    statement: finding.statement ?? null,
    recommendation: finding.recommendation,
    state: toState(reported, times.nowMs),
    seenInPeriod: cost.occurrences > 0,
    impact: {
      occurrences: cost.occurrences,
      lostMs: cost.lostMs,
      occurrencesPerHour: (cost.occurrences * hourMs) / Math.max(1, times.toMs - times.fromMs),
      shareOfEndpointTime: shareOfEndpoint(reported, cost.lostMs, input),
    },
    evidence: finding.evidence.map(({ traceId, spanIds, timeMs }) => ({
      traceId,
      url: links.trace(traceId),
      timeMs,
      spans: spanIds.length,
    })),
    expectedEffect: { perRequestMs: finding.expectedGainMs, inPeriodMs: cost.expectedGainMs },
    measuredEffect: effect,
    unmeasured: effect === null ? toUnmeasured(reported, input, times) : null,
    firstSeen: toIso(finding.firstSeenMs),
    lastSeen: toIso(finding.lastSeenMs),
    course: use.slots.map(({ atMs, occurrences, lostMs }) => ({ at: toIso(atMs), occurrences, lostMs })),
  };
}

function toState({ finding }: ReportedFinding, nowMs: number): BottleneckState {
  const { state, stateSinceMs, acknowledgement, applied } = finding;
  const plain = { acknowledgedBy: null, reason: null, until: null };
  const known = {
    ...plain,
    name: state,
    since: toIso(stateSinceMs),
    applied:
      applied === undefined
        ? null
        : {
            version: applied.version ?? null,
            at: applied.atMs === undefined ? null : toIso(applied.atMs),
            by: applied.by ?? null,
            note: applied.note ?? null,
          },
  };
  if (state !== "acknowledged") return known;
  // An acknowledgement that has run out holds no longer, even when nothing has occurred since.
  if (acknowledgement === undefined || acknowledgement.untilMs <= nowMs)
    return { ...known, name: "open", since: toIso(finding.firstSeenMs) };
  const { author, reason, untilMs } = acknowledgement;
  return { ...known, acknowledgedBy: author, reason, until: toIso(untilMs) };
}

/** As far as it can be measured now, else as it was when it could: telemetry is not kept for ever. */
function toEffect({ finding }: ReportedFinding, input: ReportInput): MeasuredEffect | null {
  const answer = input.effects.find(({ fingerprint }) => fingerprint === finding.fingerprint);
  const measured = answer === undefined ? undefined : toMeasuredEffect(answer);
  if (measured === undefined || measured.verdict === "not enough data")
    return finding.effect ?? measured ?? null;
  return measured;
}

function toUnmeasured(
  { finding }: ReportedFinding,
  input: ReportInput,
  times: ReportTimes,
): NonNullable<Bottleneck["unmeasured"]> {
  if (finding.route === undefined) return "background work";
  const { applied } = finding;
  if (applied !== undefined) return applied.atMs === undefined ? "not deployed" : "not among the costliest";
  const isDeployed = chooseDeployment(finding, input.deployments, times.toMs) !== undefined;
  return isDeployed ? "not among the costliest" : "not deployed";
}

/** Undefined work has no share: background work, and endpoints without server spans. */
function shareOfEndpoint({ finding }: ReportedFinding, lostMs: number, input: ReportInput): number | null {
  const totalMs = input.endpoints
    .filter(({ service, route }) => service === finding.service && route === finding.route)
    .reduce((sum, one) => sum + one.totalMs, 0);
  return totalMs > 0 ? Math.min(1, lostMs / totalMs) : null;
}

function countTotals(
  input: ReportInput,
  bottlenecks: readonly Bottleneck[],
  breaches: OptimisationReport["breaches"],
): OptimisationReport["totals"] {
  const count = (state: BottleneckState["name"]): number =>
    bottlenecks.filter(({ state: { name } }) => name === state).length;
  const broken = breaches.filter(({ kind }) => kind === "breach");
  return {
    requests: sum(input.endpoints, ({ requests }) => requests),
    failed: sum(input.endpoints, ({ failed }) => failed),
    requestMs: sum(input.endpoints, ({ totalMs }) => totalMs),
    services: new Set(input.endpoints.map((one) => endpointKey({ ...one, route: "" }))).size,
    endpoints: input.endpoints.length,
    endpointsOverLimit: input.endpoints.filter((one) => limitUse(one, input.latencyLimits) > 1).length,
    states: {
      open: count("open"),
      reopened: count("reopened"),
      acknowledged: count("acknowledged"),
      applied: count("applied"),
      validated: count("validated"),
      resolved: count("resolved"),
    },
    lostMs: sum(
      bottlenecks.filter(({ state }) => !isSettled(state.name)),
      ({ impact }) => impact.lostMs,
    ),
    breaches: broken.length,
    firing: broken.filter(({ ended }) => ended === null).length,
  };
}

function toSlowEndpoint(
  use: ReportInput["endpoints"][number],
  input: ReportInput,
  requestMs: number,
  bottlenecks: readonly Bottleneck[],
  links: Links,
): SlowEndpoint {
  const { slowestTraceId, ...figures } = use;
  return {
    ...figures,
    slowestTrace: { traceId: slowestTraceId, url: links.trace(slowestTraceId) },
    limitMs: input.latencyLimits.get(endpointKey(use)) ?? null,
    shareOfTime: requestMs > 0 ? use.totalMs / requestMs : 0,
    bottlenecks: bottlenecks.filter(
      ({ service, endpoint, seenInPeriod }) =>
        seenInPeriod && service === use.service && endpoint === use.route,
    ).length,
  };
}

function toCourses(input: ReportInput): Course[] {
  const courses = new Map<string, Course>();
  for (const { atMs, requests, p50Ms, p95Ms, ...where } of input.courses) {
    const key = endpointKey(where);
    const course = courses.get(key) ?? {
      ...where,
      limitMs: input.latencyLimits.get(key) ?? null,
      points: [],
    };
    courses.set(key, course);
    course.points.push({ at: toIso(atMs), requests, p50Ms, p95Ms });
  }
  return [...courses.values()];
}

function sum<T>(list: readonly T[], toNumber: (one: T) => number): number {
  return list.reduce((total, one) => total + toNumber(one), 0);
}
