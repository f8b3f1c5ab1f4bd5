import { AppError } from "@kontor/kit/errors";
import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import type { Alert } from "@kontor/observer/alerts/alert";
import { noOutsideLinks } from "@kontor/observer/alerts/outside-links";
import type { Silence } from "@kontor/observer/alerts/silence";
import { mergeDetection } from "@kontor/observer/diagnosis/impact";
import { toTreeOfRecords } from "@kontor/observer/diagnosis/trace-summary";
import type { SignalHistory } from "@kontor/observer/engine/signal-history";
import type { AccessToken } from "@kontor/observer/http/access/access-tokens";
import { createAccessGuard } from "@kontor/observer/http/access/guard";
import { reportRoutes } from "@kontor/observer/http/api/reports.routes";
import type { SelfView } from "@kontor/observer/http/api/self.routes";
import { seriesRoutes } from "@kontor/observer/http/api/series.routes";
import { serviceMapRoutes } from "@kontor/observer/http/api/service-map.routes";
import type { RuleView, ServiceView } from "@kontor/observer/http/api/services.routes";
import { createPageRoutes, type PageRouteDeps } from "@kontor/observer/http/pages/page-routes";
import type { RefusalReason } from "@kontor/observer/ingest/refusal";
import type { TrackedFinding } from "@kontor/observer/reports/tracked-finding";
import { subjectKey } from "@kontor/observer/signals/subject";
import { listingTrace, orderTrace } from "../../diagnosis/sample-traces.ts";
import { epochMs, type TraceBuilder, testDiagnosis, traceBuilder } from "../../diagnosis/trace-builder.ts";
import { sampleMap } from "./map-samples.ts";
import { hostileSteps, hostileText, keptReportId, nowMs, reportDeps, transitionsOf } from "./page-samples.ts";

const diagnosis = testDiagnosis({ limitMs: 500 });

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

function sample(service: string, value: number, route?: string) {
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

/** Pages over a small system in trouble: one firing alert, its finding, its traces, and one service that is hostile in everything. */
export function pageDeps(overrides: Partial<PageRouteDeps> = {}): PageRouteDeps {
  const traces = new Map([listingTrace(), orderTrace(), hostileTrace()].map((t) => [t.traceId, t.spans]));
  const findings = [findingOf(listingTrace()), findingOf(hostileTrace())];
  const quote = findings.map(({ fingerprint, title, recommendation }) => ({
    fingerprint,
    title,
    recommendation,
  }));
  const alerts = [
    alertOf({ findings: quote, traceIds: [listingTrace().traceId, hostileText] }),
    alertOf({
      fingerprint: "a2",
      service: hostileText,
      route: hostileText,
      rule: hostileText,
      unit: hostileText,
      reason: hostileText,
      state: "error",
      observed: undefined,
    }),
    alertOf({ fingerprint: "a3", state: "resolved" }),
  ];
  return {
    ...reportDeps(),
    listAlertTransitions: async (fingerprint) => transitionsOf(alerts, fingerprint),
    outside: noOutsideLinks,
    now: () => nowMs,
    readSelf: async () => selfOf(),
    streamChanges: (_request, response) => void response.status(204).end(),
    getTrace: async (id) => traces.get(id) ?? [],
    explain: (spans) => diagnosis.explain(toTreeOfRecords(spans), epochMs),
    latencyLimitMs: () => 500,
    listFindings: async ({ states }) =>
      findings.filter((one) => states === undefined || states.includes(one.state)),
    listFindingSteps: async () => hostileSteps(),
    applyFinding: async (fingerprint) => findings.find((one) => one.fingerprint === fingerprint),
    getFinding: async (fingerprint) => findings.find((one) => one.fingerprint === fingerprint),
    listAlerts: async ({ states }) =>
      alerts.filter((one) => states === undefined || states.includes(one.state)),
    getAlert: async (fingerprint) => alerts.find((one) => one.fingerprint === fingerprint),
    acknowledgeFinding: async (fingerprint) => findings.find((one) => one.fingerprint === fingerprint),
    getSuppression: (fingerprint) => ({
      silencedBy: fingerprint === "a3" ? ["5f0c1f0e-0000-4000-8000-000000000001"] : [],
      inhibitedBy: [],
    }),
    listSilences: () => [
      silenceOf(),
      silenceOf({
        ...{ id: hostileText, createdBy: hostileText, comment: hostileText },
        matchers: [{ name: "service", value: hostileText, isRegex: false, isEqual: true }],
      }),
      silenceOf({ id: "expired", endsAtMs: nowMs - 1 }),
    ],
    createSilence: async (input) => silenceOf({ matchers: input.matchers }),
    expireSilence: async () => silenceOf({ endsAtMs: nowMs }),
    listServices: () => [serviceOf("core-erp"), serviceOf(hostileText)],
    listRules: () => ({
      evaluatedAt: new Date(nowMs).toISOString(),
      source: "stream",
      rules: [
        ruleOf(),
        ruleOf({
          id: hostileText,
          service: hostileText,
          endpoint: hostileText,
          rule: hostileText,
          unit: hostileText,
        }),
      ],
    }),
    listDeadThresholds: () => ({
      settled: true,
      thresholds: [
        {
          path: `services.${hostileText}`,
          line: 7,
          column: 3,
          message: hostileText,
          suggestion: hostileText,
        },
      ],
    }),
    searchTraces: async () => [
      {
        traceId: listingTrace().traceId,
        rootService: "gateway",
        rootName: hostileText,
        startMs: nowMs,
        durationMs: 519,
        spanCount: 194,
        errorCount: 1,
        services: ["gateway", hostileText],
      },
    ],
    getTraceLogs: async () => [
      {
        time: new Date(nowMs).toISOString(),
        service: hostileText,
        severity: hostileText,
        body: { text: hostileText },
        spanId: hostileText,
        attributes: {},
      },
    ],
    readServiceMap: sampleMap,
    readSignal: (signal) =>
      new Map(
        signal.startsWith("server")
          ? [sample("core-erp", 41, "GET /api/orders"), sample(hostileText, 7, hostileText)]
          : [sample("core-erp", 0.5)],
      ),
    ...overrides,
  };
}

/** An hour of 100 with a peak in its middle; nothing of CPU. */
const readSeries: SignalHistory["read"] = (signal, _subject, { fromMs, toMs }) =>
  Array.from({ length: 361 }, (_, i) => nowMs - (360 - i) * 10_000)
    .filter((atMs) => atMs >= fromMs && atMs <= toMs && signal !== "cpuRatio")
    .map((atMs) => {
      const peak = 700 * Math.exp(-(((atMs - nowMs + 450_000) / 90_000) ** 2));
      const scale = /Ratio/.test(signal)
        ? 0.0002
        : signal.endsWith("P50")
          ? 0.4
          : signal.endsWith("P99")
            ? 1.3
            : 1;
      return { atMs, value: Math.round((100 + peak) * scale * 1e4) / 1e4 };
    });

/** The pages served as `main.ts` serves them; with `tokens`, to those who show one. */
export function startPages(overrides: Partial<PageRouteDeps> = {}, tokens?: readonly AccessToken[]) {
  const deps = pageDeps(overrides);
  const app = createApp({
    ...{ service: "observer", version: "1", health: [] },
    logger: createLogger({ service: "observer", level: "silent" }),
    raw: (one) => void one.use(createAccessGuard(tokens, "http://observer.example"), createPageRoutes(deps)),
    routes: [
      ...seriesRoutes({ ...deps, readSeries }, deps.now),
      ...serviceMapRoutes(deps.readServiceMap, deps.now),
      ...reportRoutes(deps, deps.now, (what) => new AppError("notFound", "observer.not_found", `no ${what}`)),
    ],
  });
  return startApp(app);
}

/** Every page of the fixture. */
export function pageAddresses(): readonly string[] {
  return [
    ...["/", "/endpoints", "/alerts?view=all", "/findings", "/traces", "/rules", "/services/core-erp"],
    ...["/service-map", "/service-map?from=now-24h", "/service-map?service=nobody"],
    ...["/observer", "/silences", "/silences/new", "/silences/new?alert=a2"],
    ...["/alerts/00000000000000a1", "/alerts/a2", "/alerts/a3?from=now-1h", "/alerts/unknown"],
    ...["/reports", "/reports/optimisation", "/reports/optimisation?from=now-7d", `/reports/${keptReportId}`],
    `/reports/${encodeURIComponent(hostileText)}`,
    "/services/core-erp/route?route=GET%20%2Fapi%2Forders&from=now-30m",
    `/services/${encodeURIComponent(hostileText)}`,
    `/services/${encodeURIComponent(hostileText)}/route?route=${encodeURIComponent(hostileText)}`,
    `/traces?service=${encodeURIComponent(hostileText)}&route=${encodeURIComponent(hostileText)}`,
    `/endpoints?service=${encodeURIComponent(hostileText)}&order=${encodeURIComponent(hostileText)}`,
    `/rules?service=${encodeURIComponent(hostileText)}`,
    ...[listingTrace(), orderTrace(), hostileTrace()].map((t) => `/traces/${t.traceId}`),
    ...[listingTrace(), hostileTrace()].map((t) => `/findings/${findingOf(t).fingerprint}`),
    `/findings/${encodeURIComponent(hostileText)}`,
    `/traces/${encodeURIComponent(hostileText)}`,
  ];
}
