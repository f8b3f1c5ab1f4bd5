import { AppError } from "@kontor/kit/errors";
import { createApp } from "@kontor/kit/http/create-app";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { noOutsideLinks } from "@kontor/observer/alerts/outside-links";
import { toTreeOfRecords } from "@kontor/observer/diagnosis/trace-summary";
import type { SignalHistory } from "@kontor/observer/engine/signal-history";
import type { AccessToken } from "@kontor/observer/http/access/access-tokens";
import { createAccessGuard } from "@kontor/observer/http/access/guard";
import { reportRoutes } from "@kontor/observer/http/api/reports.routes";
import { seriesRoutes } from "@kontor/observer/http/api/series.routes";
import { serviceMapRoutes } from "@kontor/observer/http/api/service-map.routes";
import { createPageRoutes, type PageRouteDeps } from "@kontor/observer/http/pages/page-routes";
import { listingTrace, orderTrace } from "../../diagnosis/sample-traces.ts";
import { epochMs } from "../../diagnosis/trace-builder.ts";
import { sampleMap } from "./map-samples.ts";
import { hostileSteps, hostileText, keptReportId, nowMs, reportDeps, transitionsOf } from "./page-samples.ts";
import {
  alertOf,
  diagnosis,
  findingOf,
  hostileTrace,
  ruleOf,
  sample,
  selfOf,
  serviceOf,
  silenceOf,
} from "./view-samples.ts";

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
