import type { Alert } from "@kontor/observer/alerts/alert";
import type { Silence } from "@kontor/observer/alerts/silence";
import { mergeDetection } from "@kontor/observer/diagnosis/impact";
import { toTreeOfRecords } from "@kontor/observer/diagnosis/trace-summary";
import type { SelfView } from "@kontor/observer/http/api/self.routes";
import type { RuleView, ServiceView } from "@kontor/observer/http/api/services.routes";
import type { RefusalReason } from "@kontor/observer/ingest/refusal";
import type { TrackedFinding } from "@kontor/observer/reports/tracked-finding";
import { subjectKey } from "@kontor/observer/signals/subject";
import { epochMs, type TraceBuilder, testDiagnosis, traceBuilder } from "../../diagnosis/trace-builder.ts";
import { hostileText, nowMs } from "./page-samples.ts";

export const diagnosis = testDiagnosis({ limitMs: 500 });

/** A trace whose every name and value is hostile, with an N+1, an error and a log record. */
export function hostileTrace(): TraceBuilder {
  const t = traceBuilder(9);
  const attributes = {
    [hostileText]: hostileText,
    "url.full": "javascript:window.hacked=1",
    list: [hostileText, { [hostileText]: 1 }],
  };
  const root = t.request(`GET /${hostileText}`, {
    at: 0,
    ms: 600,
    service: hostileText,
    name: hostileText,
    attributes,
    failed: true,
  });
  for (let i = 0; i < 12; i += 1) {
    t.sql(`select '${hostileText}' from t where a = $1`, {
      parent: root,
      at: i * 40,
      ms: 30,
      service: hostileText,
      hash: `${i}`,
      query: hostileText,
    });
  }
  const [first] = t.spans;
  if (first === undefined) throw new Error("a trace has spans");
  const event = { timeUnixNano: first.startUnixNano, name: hostileText, attributes };
  t.spans[0] = {
    ...first,
    statusMessage: hostileText,
    scopeName: hostileText,
    events: [event],
    resource: { ...first.resource, version: hostileText, attributes },
  };
  return t;
}

export function findingOf(t: TraceBuilder, overrides: Partial<TrackedFinding> = {}): TrackedFinding {
  const [detection] = diagnosis.explain(toTreeOfRecords(t.spans), epochMs).detections;
  if (detection === undefined) throw new Error("the trace shows a finding");
  const finding = mergeDetection(undefined, detection, t.traceId, nowMs - 60_000);
  return { ...finding, acknowledgement: undefined, applied: undefined, effect: undefined, ...overrides };
}

export function alertOf(overrides: Partial<Alert> & { service?: string; route?: string } = {}): Alert {
  const { service = "core-erp", route = "GET /api/orders", ...rest } = overrides;
  return {
    ...{ fingerprint: "00000000000000a1", rule: "latencyP95MsMax", severity: "critical", state: "firing" },
    ...{
      observed: 812,
      limit: 500,
      unit: "ms",
      sinceMs: nowMs - 95_000,
      pendingSinceMs: undefined,
      firedAtMs: nowMs - 95_000,
    },
    ...{
      resolvedAtMs: undefined,
      reason: undefined,
      findings: [],
      traceIds: [],
      revision: 1,
      configurationHash: "c",
    },
    subject: { environment: "default", namespace: "", service, route },
    ...rest,
  };
}

export function ruleOf(overrides: Partial<RuleView> = {}): RuleView {
  return {
    ...{
      id: "r1",
      rule: "latencyP95MsMax",
      signal: "serverLatencyP95",
      environment: "default",
      namespace: "",
    },
    ...{
      service: "core-erp",
      endpoint: "GET /api/orders",
      bound: "max",
      limit: 500,
      clear: 450,
      unit: "ms",
      severity: "critical",
    },
    ...{
      windowSeconds: 30,
      effectiveWindowSeconds: 30,
      forSeconds: 0,
      minRequests: 20,
      state: "breach",
      observed: 812,
      count: 1_236,
    },
    ...overrides,
  };
}

export function sample(service: string, value: number, route?: string) {
  const subject = {
    environment: "default",
    namespace: "",
    service,
    ...(route === undefined ? {} : { route }),
  };
  return [
    subjectKey(subject),
    { subject, value, count: 100, effectiveWindowSeconds: 60, newestAtMs: nowMs },
  ] as const;
}

export function silenceOf(overrides: Partial<Silence> = {}): Silence {
  return {
    ...{ id: "5f0c1f0e-0000-4000-8000-000000000001", createdBy: "alice", comment: "migration of orders" },
    ...{ startsAtMs: nowMs - 60_000, endsAtMs: nowMs + 3_600_000, updatedAtMs: nowMs - 60_000 },
    matchers: [{ name: "service", value: "core-erp", isRegex: false, isEqual: true }],
    ...overrides,
  };
}

export function serviceOf(name: string): ServiceView {
  return {
    environment: name === "core-erp" ? "default" : hostileText,
    ...{ namespace: "", service: name, versions: [hostileText], instances: 2, routes: [] },
    counters: name === "core-erp" ? ["shop.orders.placed"] : [],
    silentCounters: [],
    ...{ configured: true, lastSeen: new Date(nowMs - 2_000).toISOString() },
  };
}

/** An observer that judges, with a changed configuration that has a mistake, and one point refused. */
export function selfOf(overrides: Partial<SelfView> = {}): SelfView {
  const rejected = { malformed: 2 };
  const dropped = { spansMax: 0, bytesMax: 0, tracesMax: 0, spansPerTraceMax: 40 };
  return {
    ...{ version: "1.2.3", startedAt: new Date(nowMs - 7_200_000).toISOString() },
    configuration: { hash: "abcdef0123456789", rejected: [hostileText] },
    ticks: { lastAtMs: nowMs - 900, missed: 0, rules: 320, deadThresholds: 1 },
    ingest: {
      accepted: { spans: 1_234_567, points: 98_765, logs: 4_321 },
      refused: [{ kind: "points", reason: "not_finite" as RefusalReason, count: 17 }],
      altered: { attributes_dropped: 3, texts_cut: 0, series_overflowed: 0 },
      requests: { accepted: 9_876, rejected },
      bytes: { received: 45_000_000, decoded: 390_000_000 },
      ...{ series: 2_048, bodyBytes: 0 },
    },
    store: {
      rows: { spans: 1_234_000, points: 98_000, logs: 4_300 },
      ...{ openRows: 5_000, openBytes: 3_200_000, closedSegments: 12, closedBytes: 84_000_000 },
      ...{
        removedSegments: 0,
        skippedEntries: 0,
        journalLagBytes: 640,
        journalNumber: 9,
        storedNumber: 8,
        failure: null,
      },
    },
    windows: {
      ringBytes: 12_400_000,
      counters: { repeated: 0, late: 0, baselines: 0, notFinite: 0, overflowed: 0, clockAhead: 0 },
    },
    charts: { series: 1_480, seriesMax: 10_000, refused: 0 },
    traces: {
      ...{
        spansHeld: 900,
        tracesHeld: 41,
        finishedSpansHeld: 0,
        bytesHeld: 150_000,
        tracesDiagnosed: 88_000,
      },
      ...{ tracesDiagnosedAgain: 12, spansDropped: dropped, tracesFailed: 0 },
    },
    ...{ pages: { listening: 2 }, findings: { waiting: 0, lost: 0, heldBack: 3 }, delivery: { pending: 1 } },
    ...{ database: { ready: true }, bus: { open: null }, signalSources: [] },
    ...overrides,
  };
}
