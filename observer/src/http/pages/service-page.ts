import { type Html, html } from "@kontor/kit/html";
import type { Alert } from "../../alerts/alert.ts";
import type { Finding } from "../../diagnosis/finding.ts";
import type { RuleView } from "../api/services.routes.ts";
import { alertTable } from "./alerts-page.ts";
import { endpointTable } from "./endpoints-page.ts";
import { emptyState, type Tile, tiles } from "./layout.ts";
import { findingBlock } from "./overview-page.ts";
import { formatValue, many } from "./page-formats.ts";
import { path } from "./page-path.ts";
import { ruleTable } from "./rules-page.ts";
import { createServiceColours } from "./service-colours.ts";
import type { CounterRow, EndpointRow, ServiceRow } from "./service-rows.ts";

export interface ServicePageData {
  /** One for each environment and namespace the service was seen in; at least one. */
  readonly rows: readonly ServiceRow[];
  /** What each of them counts on its own account, in the same order. */
  readonly counters: readonly (readonly CounterRow[])[];
  readonly endpoints: readonly EndpointRow[];
  readonly alerts: readonly Alert[];
  readonly silenced: ReadonlySet<string>;
  readonly findings: readonly Finding[] | undefined;
  readonly rules: readonly RuleView[];
  readonly charts: Html;
  readonly nowMs: number;
}

function tile(label: string, value: number | undefined, unit: string, tone?: Tile["tone"]): Tile {
  return { label, value: value === undefined ? "–" : formatValue(value, unit), tone };
}

function figures(row: ServiceRow): Html {
  const failing = row.errorRatio !== undefined && row.errorRatio > 0;
  return tiles([
    tile("Requests", row.requestsPerSecond, "1/s"),
    tile("Errors", row.errorRatio, "ratio", failing ? "bad" : undefined),
    tile("p95", row.p95Ms, "ms"),
    tile("CPU of allowed", row.cpuRatio, "ratio"),
    tile("Memory", row.memoryMb, "MB"),
    tile("Loop delay p99", row.eventLoopDelayMs, "ms"),
  ]);
}

function counts(counters: readonly CounterRow[]): Html {
  if (counters.length === 0) return html``;
  return tiles(counters.map(({ metric, perMinute }) => tile(metric, perMinute, "1/min")));
}

/** One service: its figures, what is wrong with it, its endpoints and its rules. */
export function servicePage(data: ServicePageData): { readonly title: string; readonly body: Html } {
  const { rows, endpoints, alerts, silenced, findings, rules, nowMs } = data;
  const service = rows[0]?.service.service ?? "";
  const colour = createServiceColours([service])(service);
  const heads = rows.map(({ service: one }) => {
    const place = [one.environment, one.namespace].filter((part) => part !== "").join(" · ");
    return html`<p class="faint">${place} · ${many(one.instances, "instance")} · version ${one.versions.join(", ") || "unknown"}</p>`;
  });
  const block = (id: string, title: string, content: Html): Html =>
    html`<section class="block"><h2 id="${id}">${title}</h2>${content}</section>`;
  const none = emptyState("No requests in the last minute", "Endpoints are listed with their first request.");
  const body = html`<header class="page-head"><div><p class="eyebrow"><a href="/">Overview</a></p><h1><span class="chip large ${colour}"></span>${service}</h1>${heads}</div>${rows.map(figures)}</header>
${data.counters.map(counts)}
${data.charts}
${alerts.length > 0 && block("alerts", "What is wrong now", alertTable({ alerts, silenced, nowMs }))}
${findingBlock("Findings", findings)}
${block("endpoints", "Endpoints, last minute", endpoints.length === 0 ? none : endpointTable(endpoints, "p95"))}
${rules.length > 0 && block("rules", "Rules", ruleTable(rules))}
<p class="more"><a href="${path`/traces?service=${service}`}">Traces of ${service}</a></p>`;
  return { title: service, body };
}
