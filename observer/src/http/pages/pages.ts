import { AppError } from "@kontor/kit/errors";
import { html } from "@kontor/kit/html";
import type { Request } from "express";
import type { Alert } from "../../alerts/alert.ts";
import type { Alerting } from "../../alerts/alerting.ts";
import type { OutsideLinks } from "../../alerts/outside-links.ts";
import type { Explanation } from "../../diagnosis/diagnosis.ts";
import { type Finding, findingStates, unsolvedStates } from "../../diagnosis/finding.ts";
import type { SpanRecord } from "../../store/span-record.ts";
import { actorOf } from "../access/guard.ts";
import type { AlertQueries } from "../api/alerts.routes.ts";
import type { FindingQueries } from "../api/findings.routes.ts";
import type { SelfQueries } from "../api/self.routes.ts";
import type { CatalogueQueries } from "../api/services.routes.ts";
import type { TraceQueries } from "../api/traces.routes.ts";
import { alertsPage, alertViews, statesOfView } from "./alerts-page.ts";
import { chartBlock, chartRanges } from "./charts.ts";
import { endpointOrders, endpointsPage } from "./endpoints-page.ts";
import { findingPage, type SentForm } from "./finding-page.ts";
import { findingsPage } from "./findings-page.ts";
import { observerPage } from "./observer-page.ts";
import { overviewPage } from "./overview-page.ts";
import { path } from "./page-path.ts";
import { oneOf, parameter, queryText } from "./page-request.ts";
import { notFound, type Rendered, type RenderPage } from "./rendered.ts";
import { routeHref, routePage } from "./route-page.ts";
import { rulesPage, ruleViews } from "./rules-page.ts";
import { servicePage } from "./service-page.ts";
import { type ReadSignal, readCounterRows, readEndpointRows, readServiceRows } from "./service-rows.ts";
import { showAlert } from "./show-alert.ts";
import { type ReportPageDeps, showKeptReport, showReportNow, showReports } from "./show-reports.ts";
import { type ServiceMapPageDeps, showServiceMap } from "./show-service-map.ts";
import { matchersOfAlert, silenceFormPage, silencesPage } from "./silences-page.ts";
import { tracePage } from "./trace-page.ts";
import { type TraceRange, toTraceSearch, traceRanges, tracesPage } from "./traces-page.ts";

/** What the pages read. The same functions answer the API. */
export interface PageDeps
  extends Pick<FindingQueries, "listFindings" | "getFinding" | "listFindingSteps">,
    Pick<AlertQueries, "listAlerts" | "getAlert" | "listAlertTransitions">,
    ReportPageDeps,
    ServiceMapPageDeps,
    Pick<Alerting, "listSilences" | "getSuppression">,
    Pick<CatalogueQueries, "listServices" | "listRules" | "listDeadThresholds">,
    SelfQueries,
    Pick<TraceQueries, "getTrace" | "searchTraces" | "getTraceLogs"> {
  explain(spans: readonly SpanRecord[]): Explanation;
  /** The latency limit of a route in ms; undefined where there is none. */
  latencyLimitMs(service: string, route: string): number | undefined;
  readonly readSignal: ReadSignal;
  readonly outside: OutsideLinks;
}

const listMax = 500;

/** Open findings; undefined while the database does not answer, which must not take the rest of a page away. */
async function openFindings(deps: PageDeps, service?: string): Promise<readonly Finding[] | undefined> {
  try {
    return await deps.listFindings({ service, states: unsolvedStates, limit: listMax });
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function silencedOf(deps: PageDeps, alerts: readonly Alert[]): ReadonlySet<string> {
  const silenced = alerts.filter((one) => (deps.getSuppression(one.fingerprint)?.silencedBy.length ?? 0) > 0);
  return new Set(silenced.map(({ fingerprint }) => fingerprint));
}

const unknownService = "A service is known from its first batch on.";
/** Of one service, each in an environment or namespace of its own. */
const chartBlocksMax = 3;

async function showService(deps: PageDeps, request: Request): Promise<Rendered> {
  const name = parameter(request, "service");
  const services = deps.listServices().filter(({ service }) => service === name);
  if (services.length === 0) return notFound("overview", "service", name, unknownService);
  const rules = deps.listRules().rules.filter(({ service }) => service === name);
  const [rows, endpoints, alerts, findings] = await Promise.all([
    readServiceRows(deps.readSignal, services, rules),
    readEndpointRows(deps.readSignal, rules),
    deps.listAlerts({ service: name, states: statesOfView("current"), limit: listMax }),
    openFindings(deps, name),
  ]);
  const counted = await Promise.all(rows.map(({ service }) => readCounterRows(deps.readSignal, service)));
  const range = oneOf(chartRanges, queryText(request, "from"));
  const counters = services[0]?.counters ?? [];
  const charts = rows.slice(0, chartBlocksMax).map(({ service: { environment, namespace } }, block) => {
    const subject = { environment, namespace, service: name };
    return chartBlock({ subject, counters, range, block, address: path`/services/${name}` });
  });
  const page = servicePage({
    ...{ rows, counters: counted, endpoints: endpoints.filter(({ service }) => service === name), rules },
    ...{ alerts, silenced: silencedOf(deps, alerts), findings, nowMs: deps.now() },
    charts: html`${charts}`,
  });
  return { ...page, place: "overview", live: true, wide: true, charts: true };
}

async function showRoute(deps: PageDeps, request: Request): Promise<Rendered> {
  const service = parameter(request, "service");
  const route = queryText(request, "route") ?? "";
  const rules = deps.listRules().rules.filter((rule) => rule.service === service && rule.endpoint === route);
  const endpoints = await readEndpointRows(deps.readSignal, rules);
  const endpoint = endpoints.find((one) => one.service === service && one.route === route);
  const known = deps.listServices().find((one) => one.service === service && one.routes.includes(route));
  const place = endpoint ?? known ?? rules[0];
  if (place === undefined)
    return notFound(
      "endpoints",
      "route",
      `${route} of ${service}`,
      "A route is known from its first request on.",
    );
  const [current, found] = await Promise.all([
    deps.listAlerts({ service, states: statesOfView("current"), limit: listMax }),
    openFindings(deps, service),
  ]);
  const alerts = current.filter(({ subject }) => subject.route === route);
  const { environment, namespace } = place;
  const charts = chartBlock({
    subject: { environment, namespace, service, route },
    range: oneOf(chartRanges, queryText(request, "from")),
    ...{ address: routeHref(service, route), block: 0 },
  });
  const page = routePage({
    ...{ service, route, endpoint, charts, rules, nowMs: deps.now() },
    ...{ alerts, silenced: silencedOf(deps, alerts), findings: found?.filter((one) => one.route === route) },
  });
  return { ...page, place: "endpoints", live: true, wide: true, charts: true };
}

/** One finding, with its forms as they were sent before. */
export async function showFinding(
  deps: PageDeps,
  fingerprint: string,
  actor: string | undefined,
  forms: { readonly acknowledging?: SentForm; readonly applying?: SentForm } = {},
): Promise<Rendered> {
  const finding = await deps.getFinding(fingerprint);
  if (finding === undefined)
    return notFound("findings", "finding", fingerprint, "Its fingerprint has 16 hex digits.");
  const steps = await deps.listFindingSteps(fingerprint);
  return {
    ...findingPage({ finding, steps, actor, outside: deps.outside, nowMs: deps.now(), ...forms }),
    place: "findings",
  };
}

async function showTrace(deps: PageDeps, traceId: string): Promise<Rendered> {
  const spans = /^[0-9a-f]{32}$/.test(traceId) ? await deps.getTrace(traceId) : [];
  const why = "It may not have arrived yet, or its retention is over.";
  if (spans.length === 0) return notFound("traces", "trace", traceId, why);
  const logs = await deps.getTraceLogs(traceId);
  const page = tracePage({
    spans,
    explanation: deps.explain(spans),
    logs,
    latencyLimitMs: deps.latencyLimitMs,
    outside: deps.outside,
  });
  return { ...page, place: "traces", wide: true };
}

async function searchTraces(deps: PageDeps, request: Request): Promise<Rendered> {
  const minDurationMs = Number(queryText(request, "minDurationMs") ?? Number.NaN);
  const question = {
    service: queryText(request, "service"),
    route: queryText(request, "route"),
    minDurationMs: minDurationMs > 0 ? minDurationMs : undefined,
    errorsOnly: queryText(request, "errorsOnly") === "true",
    order: oneOf(["newest", "slowest"], queryText(request, "order")),
    from: oneOf(["now-1h", ...(Object.keys(traceRanges) as TraceRange[])], queryText(request, "from")),
  };
  const found = await deps.searchTraces(toTraceSearch(question, deps.now()));
  const services = [...new Set(deps.listServices().map(({ service }) => service))].sort();
  return { ...tracesPage({ question, found, services }), place: "traces", wide: true };
}

/** Every page by its address. A page that is added gets a row here, and one in the navigation if it has a place there. */
export function renderPages(deps: PageDeps): Readonly<Record<string, RenderPage>> {
  return {
    "/": async () => {
      const { rules } = deps.listRules();
      const [services, alerts, findings] = await Promise.all([
        readServiceRows(deps.readSignal, deps.listServices(), rules),
        deps.listAlerts({ states: statesOfView("current"), limit: listMax }),
        openFindings(deps),
      ]);
      return {
        ...overviewPage({
          ...{ services, alerts, silenced: silencedOf(deps, alerts) },
          ...{ findings, nowMs: deps.now() },
        }),
        place: "overview",
        live: true,
        wide: true,
      };
    },
    "/services/:service": (request) => showService(deps, request),
    "/services/:service/route": (request) => showRoute(deps, request),
    "/service-map": (request) => showServiceMap(deps, request),
    "/endpoints": async (request) => {
      const endpoints = await readEndpointRows(deps.readSignal, deps.listRules().rules);
      const order = oneOf(endpointOrders, queryText(request, "order"));
      return {
        ...endpointsPage({ endpoints, order, service: queryText(request, "service") }),
        place: "endpoints",
        live: true,
        wide: true,
      };
    },
    "/alerts": async (request) => {
      const view = oneOf(alertViews, queryText(request, "view"));
      const alerts = await deps.listAlerts({ states: statesOfView(view), limit: listMax });
      const silenced = silencedOf(deps, alerts);
      return {
        ...alertsPage({ alerts, silenced, view, nowMs: deps.now() }),
        place: "alerts",
        live: true,
        wide: true,
      };
    },
    "/alerts/:fingerprint": (request) => showAlert(deps, request),
    "/reports": () => showReports(deps),
    "/reports/optimisation": (request) => showReportNow(deps, request),
    "/reports/:id": (request) => showKeptReport(deps, request),
    "/silences": async () => {
      const alerts = await deps.listAlerts({ states: statesOfView("current"), limit: listMax });
      const page = silencesPage({ silences: deps.listSilences(), alerts, nowMs: deps.now() });
      return { ...page, place: "alerts", live: true, wide: true };
    },
    "/silences/new": async (request, response) => {
      const alert = await deps.getAlert(queryText(request, "alert") ?? "");
      const values = { matchers: alert === undefined ? "" : matchersOfAlert(alert) };
      return { ...silenceFormPage({ values, problems: [], actor: actorOf(response) }), place: "alerts" };
    },
    "/findings": async (request) => {
      const state = findingStates.find((one) => one === queryText(request, "state"));
      const states = state === undefined ? undefined : [state];
      const findings = await deps.listFindings({ states, limit: listMax });
      return {
        ...findingsPage({ findings, state, nowMs: deps.now() }),
        place: "findings",
        live: true,
        wide: true,
      };
    },
    "/findings/:fingerprint": (request, response) =>
      showFinding(deps, parameter(request, "fingerprint"), actorOf(response)),
    "/observer": async () => {
      const page = observerPage(await deps.readSelf(), deps.now());
      return { ...page, place: "observer", live: true, wide: true };
    },
    "/traces": (request) => searchTraces(deps, request),
    "/traces/:traceId": (request) => showTrace(deps, parameter(request, "traceId").toLowerCase()),
    "/rules": async (request) => {
      const { rules, evaluatedAt, source } = deps.listRules();
      const view = oneOf(ruleViews, queryText(request, "view"));
      return {
        ...rulesPage({
          ...{ rules, view, service: queryText(request, "service"), evaluatedAt, source },
          dead: deps.listDeadThresholds(),
        }),
        place: "rules",
        live: true,
        wide: true,
      };
    },
  };
}
