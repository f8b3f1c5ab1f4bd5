import { type Html, html } from "@kontor/kit/html";
import type { Alert } from "../../alerts/alert.ts";
import type { Finding } from "../../diagnosis/finding.ts";
import type { RuleView } from "../api/services.routes.ts";
import { alertTable } from "./alerts-page.ts";
import { emptyState, tiles } from "./layout.ts";
import { findingBlock } from "./overview-page.ts";
import { formatValue } from "./page-formats.ts";
import { path } from "./page-path.ts";
import { ruleTable } from "./rules-page.ts";
import type { EndpointRow } from "./service-rows.ts";

export interface RoutePageData {
  readonly service: string;
  readonly route: string;
  /** The last minute; undefined when it was not asked then. */
  readonly endpoint: EndpointRow | undefined;
  readonly charts: Html;
  readonly alerts: readonly Alert[];
  readonly silenced: ReadonlySet<string>;
  readonly findings: readonly Finding[] | undefined;
  readonly rules: readonly RuleView[];
  readonly nowMs: number;
}

/** Where a route is shown. */
export function routeHref(service: string, route: string): string {
  return path`/services/${service}/route?route=${route}`;
}

function figures({ requestsPerSecond, errorRatio, p50Ms, p95Ms, p99Ms, limitMs }: EndpointRow): Html {
  const value = (number: number | undefined, unit: string) =>
    number === undefined ? "–" : formatValue(number, unit);
  const isOver = p95Ms !== undefined && limitMs !== undefined && p95Ms > limitMs;
  const limit = limitMs === undefined ? undefined : `limit ${formatValue(limitMs, "ms")}`;
  return tiles([
    { label: "Requests", value: value(requestsPerSecond, "1/s") },
    { label: "Errors", value: value(errorRatio, "ratio"), tone: (errorRatio ?? 0) > 0 ? "bad" : undefined },
    { label: "p50", value: value(p50Ms, "ms") },
    { label: "p95", value: value(p95Ms, "ms"), tone: isOver ? "bad" : undefined, note: limit },
    { label: "p99", value: value(p99Ms, "ms") },
  ]);
}

/** One route: its figures, how they went, what is wrong with it and its rules. */
export function routePage(data: RoutePageData): { readonly title: string; readonly body: Html } {
  const { service, route, endpoint, alerts, silenced, findings, rules, nowMs } = data;
  const block = (id: string, title: string, content: Html): Html =>
    html`<section class="block"><h2 id="${id}">${title}</h2>${content}</section>`;
  const none = emptyState("No requests in the last minute", "Its charts show when it was asked before.");
  const body = html`<header class="page-head"><div><p class="eyebrow"><a href="${path`/services/${service}`}">${service}</a></p><h1>${route}</h1><p><a href="${path`/traces?service=${service}&route=${route}&order=slowest`}">Slowest traces</a></p></div>${endpoint !== undefined && figures(endpoint)}</header>
${endpoint === undefined && none}
${data.charts}
${alerts.length > 0 && block("alerts", "What is wrong now", alertTable({ alerts, silenced, nowMs }))}
${findingBlock("Findings", findings)}
${rules.length > 0 && block("rules", "Rules", ruleTable(rules))}`;
  return { title: `${route} · ${service}`, body };
}
