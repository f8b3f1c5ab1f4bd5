import { AppError } from "@kontor/kit/errors";
import type { HealthCheck } from "@kontor/kit/health";
import { createApp } from "@kontor/kit/http/create-app";
import type { Logger } from "@kontor/kit/logger";
import type { Express, RequestHandler } from "express";
import type { OutsideLinks } from "../alerts/outside-links.ts";
import type { AccessToken } from "./access/access-tokens.ts";
import { createAccessGuard } from "./access/guard.ts";
import {
  type AlertmanagerQueries,
  alertmanagerRoutes,
  toAlertmanagerProblem,
} from "./api/alertmanager.routes.ts";
import { type AlertQueries, alertRoutes } from "./api/alerts.routes.ts";
import { type DeploymentQueries, deploymentRoutes } from "./api/deployments.routes.ts";
import { type FindingQueries, findingRoutes } from "./api/findings.routes.ts";
import { type MetricsQueries, metricsRoutes } from "./api/metrics.routes.ts";
import { type ReportQueries, reportRoutes } from "./api/reports.routes.ts";
import { type SelfQueries, selfRoutes } from "./api/self.routes.ts";
import { type SeriesQueries, seriesRoutes } from "./api/series.routes.ts";
import { serviceMapRoutes } from "./api/service-map.routes.ts";
import { type CatalogueQueries, catalogueRoutes } from "./api/services.routes.ts";
import { type TraceQueries, traceRoutes } from "./api/traces.routes.ts";
import type { ChangeDeps } from "./pages/change-forms.ts";
import { createPageRoutes } from "./pages/page-routes.ts";
import type { PageDeps } from "./pages/pages.ts";
import type { ReadServiceMap } from "./service-map/read-service-map.ts";

export interface ObserverAppOptions {
  readonly version: string;
  readonly publicUrl: string;
  /** Where the same traces and logs are in tools of others. */
  readonly outside: OutsideLinks;
  readonly logger: Logger;
  readonly health: readonly HealthCheck[];
  /** Who may do what; undefined where everybody may do everything. */
  readonly tokens: readonly AccessToken[] | undefined;
  readonly now: () => number;
  readonly alerts: AlertQueries;
  readonly findings: FindingQueries;
  readonly traces: TraceQueries;
  readonly catalogue: CatalogueQueries;
  readonly deployments: DeploymentQueries;
  readonly alertmanager: AlertmanagerQueries;
  /** What the pages do with silences. */
  readonly silencing: Pick<ChangeDeps, "listSilences" | "createSilence" | "expireSilence" | "getSuppression">;
  readonly streamChanges: RequestHandler;
  readonly reports: ReportQueries;
  readonly listReportSchedules: PageDeps["listReportSchedules"];
  readonly self: SelfQueries;
  readonly metrics: MetricsQueries;
  readonly readSeries: SeriesQueries["readSeries"];
  readonly readServiceMap: ReadServiceMap;
  readonly latencyLimitMs: PageDeps["latencyLimitMs"];
  readonly readSignal: PageDeps["readSignal"];
}

/** Everything the observer answers over HTTP: pages for people, the API, Alertmanager's API, health. */
export function createObserverApp(options: ObserverAppOptions): Express {
  const { alerts, findings, traces, catalogue, silencing, publicUrl, outside, now } = options;
  const pages = createPageRoutes({
    ...alerts,
    ...findings,
    ...traces,
    ...catalogue,
    ...options.self,
    ...options.reports,
    listReportSchedules: options.listReportSchedules,
    listSilences: silencing.listSilences,
    createSilence: silencing.createSilence,
    expireSilence: silencing.expireSilence,
    getSuppression: silencing.getSuppression,
    outside,
    now,
    streamChanges: options.streamChanges,
    readServiceMap: options.readServiceMap,
    latencyLimitMs: options.latencyLimitMs,
    readSignal: options.readSignal,
  });
  return createApp({
    service: "observer",
    version: options.version,
    logger: options.logger,
    health: options.health,
    openApi: { title: "Kontor observer" },
    formatProblem: toAlertmanagerProblem,
    raw: (app) => void app.use(createAccessGuard(options.tokens, publicUrl), pages),
    routes: [
      ...catalogueRoutes(catalogue),
      ...alertRoutes(alerts, outside, now, notFound),
      ...findingRoutes(findings, { publicUrl, outside }, now, notFound),
      ...traceRoutes(traces, now, notFound),
      ...deploymentRoutes(options.deployments, now),
      ...alertmanagerRoutes(options.alertmanager),
      ...seriesRoutes({ ...catalogue, readSeries: options.readSeries }, now),
      ...serviceMapRoutes(options.readServiceMap, now),
      ...reportRoutes(options.reports, now, notFound),
      ...selfRoutes(options.self),
      ...metricsRoutes(options.metrics),
    ],
  });
}

function notFound(what: string, id: string): AppError {
  return new AppError("notFound", "observer.not_found", `There is no ${what} ${id.slice(0, 64)} here.`);
}
