import type { Alert, AlertState, AlertTransition } from "@kontor/observer/alerts/alert";
import type { DetectorName } from "@kontor/observer/diagnosis/finding";
import { buildOptimisationReport } from "@kontor/observer/reports/build-optimisation-report";
import type {
  EffectAnswer,
  FindingUse,
  ReportedDeployment,
  ReportedFinding,
  ReportInput,
  ReportTimes,
} from "@kontor/observer/reports/report-input";
import type { OptimisationReport } from "@kontor/observer/reports/report-schema";
import type { TrackedFinding } from "@kontor/observer/reports/tracked-finding";
import { type EndpointUse, windowShares } from "@kontor/observer/store/endpoint-history";

export const hourMs = 3_600_000;
export const toMs = Date.UTC(2026, 8, 21, 14, 0);
export const fromMs = toMs - 24 * hourMs;
export const times: ReportTimes = { fromMs, toMs, nowMs: toMs + 2_000 };
export const publicUrl = "http://127.0.0.1:8010";
export const slotMs = hourMs / 2;
export const traceIds = Array.from({ length: 40 }, (_, at) =>
  ((0x9e3779b97f4a7c15f39cc0605cedc835n * BigInt(at + 7)) % (1n << 128n)).toString(16).padStart(32, "0"),
);

type FindingGiven = Partial<TrackedFinding> & {
  detector?: DetectorName;
  use?: Partial<FindingUse>;
  lostMs?: number;
  occurrences?: number;
};

/** A finding with its use in the period; `at` makes fingerprint and trace ids of its own. */
export function findingOf(at: number, given: FindingGiven = {}): ReportedFinding {
  const { use, lostMs = 60_000, occurrences = 100, ...rest } = given;
  const finding: TrackedFinding = {
    fingerprint: (0xa1b2c3d4e5f60000n + BigInt(at)).toString(16),
    detector: "n-plus-one-sql",
    service: "core-erp",
    route: "GET /api/orders",
    place: "orders.list_lines",
    title: `N+1: statement ${at} runs once per row`,
    state: "open",
    stateSinceMs: fromMs - 48 * hourMs,
    ...{ acknowledgement: undefined, applied: undefined, effect: undefined },
    impact: { occurrences, totalTimeMs: lostMs, tracesPerMinute: 3 },
    evidence: [0, 1].map((one) => ({
      traceId: traceIds[(at * 2 + one) % traceIds.length] ?? "",
      spanIds: ["a", "b"],
      timeMs: 400 - one * 50,
    })),
    statement: "select id, sku from core_erp.order_lines where order_id = $1",
    recommendation: "Read all rows at once: `where order_id = any($1)`.",
    expectedGainMs: 380,
    firstSeenMs: fromMs - 48 * hourMs,
    lastSeenMs: toMs - 60_000,
    ...rest,
  };
  return {
    finding,
    use: { occurrences, lostMs, expectedGainMs: lostMs * 0.9, slots: [], ...use },
  };
}

export function endpointOf(service: string, route: string, given: Partial<EndpointUse> = {}): EndpointUse {
  return {
    ...{ environment: "default", namespace: "", service, route },
    ...{ requests: 1_000, failed: 2, totalMs: 120_000, p50Ms: 90, p95Ms: 240, p99Ms: 410, slowestMs: 900 },
    slowestTraceId: traceIds[3] ?? "",
    ...given,
  };
}

export function deploymentOf(service: string, version: string, deployedAtMs: number): ReportedDeployment {
  return {
    ...{ environment: "default", namespace: "", service, version, deployedAtMs },
    ...{ announcedBy: undefined, note: undefined },
  };
}

/** Quantiles of durations spread evenly between two values. */
export function measureOf(requests: number, lowMs: number, highMs: number) {
  return { requests, quantilesMs: windowShares.map((share) => lowMs + (highMs - lowMs) * share) };
}

export function effectOf(
  { finding }: ReportedFinding,
  { environment, namespace, service, version, deployedAtMs, announcedBy }: ReportedDeployment,
  before: EffectAnswer["beforeAnswer"],
  after: EffectAnswer["afterAnswer"],
): EffectAnswer {
  const where = {
    environment: "default",
    namespace: "",
    service: finding.service,
    route: finding.route ?? "",
  };
  const at = deployedAtMs;
  return {
    fingerprint: finding.fingerprint,
    change: { environment, namespace, service, version, atMs: deployedAtMs, by: announcedBy },
    before: { ...where, fromMs: at - 10 * hourMs, toMs: at, version: "1.4.0" },
    after: { ...where, fromMs: at, toMs: at + 8 * hourMs, version },
    beforeAnswer: before,
    afterAnswer: after,
  };
}

export function alertOf(given: Partial<Alert> & { service?: string; route?: string } = {}): Alert {
  const { service = "core-erp", route = "GET /api/orders", ...rest } = given;
  return {
    ...{ fingerprint: "00000000000000a1", rule: "latencyP95MsMax", severity: "critical", state: "firing" },
    ...{ observed: 812, limit: 500, unit: "ms", sinceMs: toMs - hourMs, pendingSinceMs: undefined },
    ...{ firedAtMs: toMs - hourMs, resolvedAtMs: undefined, reason: undefined, findings: [] },
    ...{
      traceIds: [traceIds[0] ?? "", traceIds[1] ?? ""],
      revision: 1,
      configurationHash: "c0ffee0123456789",
    },
    subject: { environment: "default", namespace: "", service, route },
    ...rest,
  };
}

/** A change of state of an alert, with what it saw then. */
export function transitionOf(
  from: AlertState,
  to: AlertState,
  atMs: number,
  alert: Alert,
  observed?: number,
): AlertTransition {
  return {
    id: `${alert.fingerprint}-${from}-${to}-${atMs}`,
    alert: { ...alert, state: to, observed: observed ?? alert.observed, sinceMs: atMs, revision: atMs },
    from,
    to,
    atMs,
    configurationHash: alert.configurationHash,
    source: "stream",
  };
}

export function inputOf(given: Partial<ReportInput> = {}): ReportInput {
  return {
    publicUrl,
    ...{ findings: [], transitions: [], transitionsAreCut: false, activeAlerts: [], deployments: [] },
    ...{ endpoints: [], courses: [], latencyLimits: new Map(), effects: [] },
    ...given,
  };
}

export function reportOf(given: Partial<ReportInput> = {}): OptimisationReport {
  return buildOptimisationReport(inputOf(given), times);
}
