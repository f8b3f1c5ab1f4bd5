import type { HealthCheck } from "@kontor/kit/health";
import type { Logger } from "@kontor/kit/logger";
import { postgresChecks } from "@kontor/kit/postgres-checks";
import type { Express } from "express";
import type { Alert } from "../alerts/alert.ts";
import type { Alerting } from "../alerts/alerting.ts";
import { toAlertmanagerStatus } from "../alerts/alertmanager/v2-status.ts";
import { toDeliverySettings } from "../alerts/delivery/stage.ts";
import type { OutsideLinks } from "../alerts/outside-links.ts";
import type { ConfigurationHolder } from "../config/configuration-holder.ts";
import { formatProblem } from "../config/problem.ts";
import type { DeadThresholds } from "../engine/dead-thresholds.ts";
import type { Evaluation } from "../engine/evaluation.ts";
import type { Diagnosing } from "../engine/open-diagnosing.ts";
import type { OpenSignalSource } from "../engine/open-signal-source.ts";
import type { State } from "../engine/open-state.ts";
import type { OwnPoints } from "../engine/own-points.ts";
import type { ReportMaker } from "../engine/report-maker.ts";
import type { ServiceRegister } from "../engine/service-register.ts";
import type { SignalHistory } from "../engine/signal-history.ts";
import type { TickLoop } from "../engine/tick-loop.ts";
import type { MetricFamily } from "../exports/prometheus/to-exposition.ts";
import type { OtlpApp } from "../ingest/otlp-app.ts";
import { acknowledgeFinding, applyFinding } from "../state/change-findings.ts";
import { listDeployments, recordDeployment } from "../state/deployments.ts";
import { listFindingSteps } from "../state/finding-steps.ts";
import { getFinding, listFindings } from "../state/findings.ts";
import { getScheduledReport, listScheduledReports } from "../state/scheduled-reports.ts";
import { listTransitions } from "../state/transitions.ts";
import type { Store } from "../store/store.ts";
import type { StreamSource } from "../store/windows/stream-source.ts";
import type { AccessToken } from "./access/access-tokens.ts";
import type { AlertFilter } from "./api/alerts.routes.ts";
import type { SelfView } from "./api/self.routes.ts";
import type { ChangeStream } from "./live/change-stream.ts";
import { createObserverApp } from "./observer-app.ts";
import { createCatalogueQueries } from "./queries/catalogue-queries.ts";
import { toOwnMetrics } from "./queries/own-metrics.ts";
import { createReadCalls } from "./queries/service-map-queries.ts";
import { signalSourceChecks } from "./queries/signal-source-checks.ts";
import { createTraceQueries } from "./queries/trace-queries.ts";
import { createReadServiceMap } from "./service-map/read-service-map.ts";

export interface ObserverHttpParts {
  readonly version: string;
  readonly publicUrl: string;
  readonly outside: OutsideLinks;
  readonly logger: Logger;
  readonly startedAtMs: number;
  readonly holder: ConfigurationHolder;
  readonly store: Store;
  readonly state: State;
  readonly alerting: Alerting;
  readonly register: ServiceRegister;
  readonly evaluation: Evaluation;
  readonly deadThresholds: DeadThresholds;
  readonly source: StreamSource;
  /** What rules are evaluated on. */
  readonly signals: OpenSignalSource;
  readonly history: SignalHistory;
  readonly changes: ChangeStream;
  readonly ticks: TickLoop;
  readonly otlp: OtlpApp;
  readonly diagnosing: Diagnosing;
  readonly ownPoints: OwnPoints;
  readonly reportMaker: ReportMaker;
  readonly tokens: readonly AccessToken[] | undefined;
  /** Undefined where no bus is configured. */
  readonly isBusOpen: () => boolean | undefined;
}

const findingStepsMax = 200;
const transitionsMax = 200;
/** The largest findings and newest versions; a scrape stays small. */
const metricRowsMax = 500;

/** Puts the parts of a running observer behind its HTTP paths. */
export function createObserverHttp(parts: ObserverHttpParts): Express {
  const { alerting, state, holder, evaluation, source, register, store, diagnosing, publicUrl, outside } =
    parts;
  const now = Date.now;
  const settings = () => toDeliverySettings(holder.current);
  const catalogue = createCatalogueQueries({
    register,
    holder,
    evaluation,
    deadThresholds: parts.deadThresholds,
    sourceName: parts.signals.source.name,
    seenSubjects: source.seenSubjects,
  });
  return createObserverApp({
    version: parts.version,
    publicUrl,
    outside,
    logger: parts.logger,
    tokens: parts.tokens,
    health: observerChecks(parts),
    now,
    alerts: {
      listAlerts: async (filter) => filterAlerts(alerting.listAlerts(), filter),
      getAlert: async (fingerprint) => alerting.getAlert(fingerprint),
      listAlertTransitions: (fingerprint) =>
        state.run((db) => listTransitions(db, { fingerprint, limit: transitionsMax })),
    },
    findings: {
      listFindings: (filter) => state.run((db) => listFindings(db, filter)),
      getFinding: (fingerprint) => state.run((db) => getFinding(db, fingerprint)),
      acknowledgeFinding: (fingerprint, acknowledgement) =>
        state.run((db) => acknowledgeFinding(db, fingerprint, acknowledgement, now())),
      applyFinding: (fingerprint, application) =>
        state.run((db) => applyFinding(db, fingerprint, application, now())),
      listFindingSteps: (fingerprint) =>
        state.run((db) => listFindingSteps(db, fingerprint, findingStepsMax)),
    },
    traces: createTraceQueries(store, diagnosing.explainTrace, now),
    catalogue,
    deployments: {
      listDeployments: (filter) => state.run((db) => listDeployments(db, filter)),
      recordDeployment: (deployment) => state.run((db) => recordDeployment(db, deployment)),
    },
    alertmanager: {
      alerting,
      now,
      viewContext: () => ({
        suppressionOf: (alert) => alerting.getSuppression(alert.fingerprint),
        settings: settings(),
        publicUrl,
        outside,
        atMs: now(),
      }),
      status: () =>
        toAlertmanagerStatus({
          startedAtMs: parts.startedAtMs,
          version: parts.version,
          configuration: holder.current.hash,
        }),
    },
    silencing: alerting,
    reports: {
      maker: parts.reportMaker,
      listScheduledReports: (limit) => state.run((db) => listScheduledReports(db, limit)),
      getScheduledReport: (id) => state.run((db) => getScheduledReport(db, id)),
    },
    listReportSchedules: () => holder.current.reports,
    self: { readSelf: () => readSelf(parts) },
    metrics: { readMetrics: () => readMetrics(parts) },
    streamChanges: parts.changes.handler,
    readSeries: parts.history.read,
    readServiceMap: createReadServiceMap({
      readCalls: createReadCalls(store.callHistory, now),
      listFiring: async () => alerting.listAlerts().filter(({ state: alert }) => alert === "firing"),
      listServices: catalogue.listServices,
      listRules: () => catalogue.listRules().rules,
    }),
    latencyLimitMs: diagnosing.latencyLimitMs,
    readSignal: (signal, windowSeconds) => source.read(signal, windowSeconds, now()),
  });
}

function filterAlerts(alerts: readonly Alert[], filter: AlertFilter): readonly Alert[] {
  return alerts
    .filter(
      ({ subject, rule, state }) =>
        (filter.service === undefined || subject.service === filter.service) &&
        (filter.rule === undefined || rule === filter.rule) &&
        (filter.states === undefined || filter.states.includes(state)),
    )
    .sort((a, b) => b.sinceMs - a.sinceMs || (a.fingerprint < b.fingerprint ? -1 : 1))
    .slice(0, filter.limit);
}

async function readSelf(parts: ObserverHttpParts): Promise<SelfView> {
  const { holder, ticks, otlp, store, source, diagnosing, alerting, state } = parts;
  return {
    version: parts.version,
    startedAt: new Date(parts.startedAtMs).toISOString(),
    configuration: {
      hash: holder.current.hash,
      rejected: holder.rejected.map((problem) => formatProblem("observer_config.json", problem)),
    },
    ticks: {
      lastAtMs: ticks.lastTickAtMs ?? null,
      missed: ticks.missedCount,
      rules: parts.evaluation.judgements.length,
      deadThresholds: parts.deadThresholds.list().length,
    },
    ingest: { ...otlp.counters.snapshot(), ...otlp.usage() },
    store: await store.stats(),
    windows: source.usage(),
    charts: parts.history.usage(),
    pages: { listening: parts.changes.clientCount },
    traces: diagnosing.traceBuffer.stats(),
    findings: {
      waiting: diagnosing.recorder.waiting,
      lost: diagnosing.recorder.lost,
      heldBack: diagnosing.heldBack,
    },
    delivery: { pending: alerting.pendingCount },
    database: { ready: state.isReady },
    bus: { open: parts.isBusOpen() ?? null },
    signalSources: parts.signals.statuses(),
  };
}

/** What lies in the database is left out while it is away. */
async function readMetrics(parts: ObserverHttpParts): Promise<MetricFamily[]> {
  const { state, alerting, evaluation, ownPoints } = parts;
  const orNothing = <T>(read: Promise<T>): Promise<T | undefined> => read.catch(() => undefined);
  const [self, findings, deployments] = await Promise.all([
    readSelf(parts),
    orNothing(state.run((db) => listFindings(db, { limit: metricRowsMax }))),
    orNothing(state.run((db) => listDeployments(db, { limit: metricRowsMax }))),
  ]);
  return toOwnMetrics({
    ...{ nowMs: Date.now(), self, findings, deployments, points: ownPoints.list() },
    alerts: alerting.listAlerts(),
    rules: evaluation.judgements.map(({ verdict }) => verdict),
  });
}

/** The observer works on without its database and its bus, so they warn; it fails when it does not judge any more. */
function observerChecks(parts: ObserverHttpParts): HealthCheck[] {
  const { ticks, state, holder, startedAtMs } = parts;
  const tickAgeMsMax = 15_000;
  return [
    {
      name: "observer:tickAge",
      componentType: "component",
      async observe() {
        const ageMs = Date.now() - (ticks.lastTickAtMs ?? startedAtMs);
        return { observedValue: ageMs, observedUnit: "ms", status: ageMs > tickAgeMsMax ? "fail" : "pass" };
      },
    },
    ...postgresChecks(state.db).map(warnOnly),
    ...signalSourceChecks(parts.signals.statuses),
    {
      name: "configuration:mistakes",
      componentType: "component",
      async observe() {
        const mistakes = holder.rejected.length;
        if (mistakes === 0) return { observedValue: 0, observedUnit: "mistakes", status: "pass" };
        const output = "the changed configuration has mistakes; the one before stays in force";
        return { observedValue: mistakes, observedUnit: "mistakes", status: "warn", output };
      },
    },
  ];
}

/** The same check, for a dependency that can be away without stopping the work. */
function warnOnly(check: HealthCheck): HealthCheck {
  return {
    ...check,
    async observe() {
      const startedAt = performance.now();
      try {
        return await check.observe();
      } catch {
        const observedValue = Math.round(performance.now() - startedAt);
        return { observedValue, observedUnit: "ms", status: "warn", output: "the database does not answer" };
      }
    },
  };
}
