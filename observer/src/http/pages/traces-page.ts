import { type Html, html } from "@kontor/kit/html";
import { formatMs } from "../../diagnosis/texts.ts";
import type { TraceSearch, TraceSummary } from "../../store/trace-store.ts";
import { traceHref } from "./finding-parts.ts";
import { emptyState, shareBar } from "./layout.ts";
import { formatCount, formatInstant, many } from "./page-formats.ts";
import { createServiceColours } from "./service-colours.ts";

/** Ranges as Grafana writes them, so that a link carries its time range. */
export const traceRanges = {
  "now-15m": 900,
  "now-1h": 3_600,
  "now-6h": 21_600,
  "now-24h": 86_400,
  "now-7d": 604_800,
} as const;
export type TraceRange = keyof typeof traceRanges;
const rangeLabels: Record<TraceRange, string> = {
  "now-15m": "15 minutes",
  "now-1h": "1 hour",
  "now-6h": "6 hours",
  "now-24h": "24 hours",
  "now-7d": "7 days",
};

/** What the form asks; the address carries it whole. */
export interface TraceQuestion {
  readonly service: string | undefined;
  readonly route: string | undefined;
  readonly minDurationMs: number | undefined;
  readonly errorsOnly: boolean;
  readonly order: "newest" | "slowest";
  readonly from: TraceRange;
}

const foundMax = 200;

export function toTraceSearch(question: TraceQuestion, nowMs: number): TraceSearch {
  const { service, route, minDurationMs, errorsOnly, order, from } = question;
  return {
    service,
    route,
    minDurationMs,
    errorsOnly,
    order,
    fromMs: nowMs - traceRanges[from] * 1_000,
    toMs: nowMs,
    limit: foundMax,
  };
}

export interface TracesPageData {
  readonly question: TraceQuestion;
  readonly found: readonly TraceSummary[];
  /** Names to choose from. */
  readonly services: readonly string[];
}

function option(value: string, label: string, chosen: boolean): Html {
  return html`<option value="${value}"${chosen && html` selected`}>${label}</option>`;
}

function form({ question, services }: TracesPageData): Html {
  const { service, route, minDurationMs, errorsOnly, order, from } = question;
  const names = service === undefined || services.includes(service) ? services : [service, ...services];
  const ranges = Object.keys(traceRanges) as TraceRange[];
  return html`<div class="filters"><form action="/traces" method="get">
<label>Service<select name="service">${option("", "any", service === undefined)}${names.map((name) => option(name, name, name === service))}</select></label>
<label>Route<input name="route" value="${route ?? ""}" placeholder="GET /api/orders/:id" maxlength="300" spellcheck="false"></label>
<label>At least, in ms<input name="minDurationMs" type="number" min="0" step="any" value="${minDurationMs ?? ""}"></label>
<label>Order<select name="order">${option("newest", "newest", order === "newest")}${option("slowest", "slowest", order === "slowest")}</select></label>
<label>In the last<select name="from">${ranges.map((range) => option(range, rangeLabels[range], range === from))}</select></label>
<label class="check"><input name="errorsOnly" type="checkbox" value="true"${errorsOnly && html` checked`}> only with errors</label>
<button type="submit">Search</button></form></div>`;
}

function row(trace: TraceSummary, slowestMs: number, colourOf: (service: string) => string): Html {
  const chips = trace.services
    .slice(0, 8)
    .map(
      (service) =>
        html`<span class="service-name"><span class="chip ${colourOf(service)}"></span> ${service}</span>`,
    );
  const errors =
    trace.errorCount > 0
      ? html`<span class="badge bad">${many(trace.errorCount, "error")}</span>`
      : html`<span class="faint">–</span>`;
  return html`<tr><td class="main"><a href="${traceHref(trace.traceId)}">${trace.rootName}</a><span class="sub mono">${trace.traceId}</span></td><td class="number bar">${formatMs(trace.durationMs)}${shareBar(trace.durationMs / slowestMs)}</td><td class="number">${formatCount(trace.spanCount)}</td><td>${errors}</td><td class="service-names">${chips}</td><td class="number">${formatInstant(trace.startMs)}</td></tr>`;
}

/** Search for traces; the question stands in the address. */
export function tracesPage(data: TracesPageData): { readonly title: string; readonly body: Html } {
  const { found } = data;
  const slowestMs = found.reduce((most, one) => Math.max(most, one.durationMs), 0);
  const colourOf = createServiceColours([...new Set(found.flatMap((one) => one.services))]);
  const rows = found.map((trace) => row(trace, slowestMs, colourOf));
  const table = html`<div class="table-scroll" tabindex="0" role="region" aria-label="Traces"><table><thead><tr><th>Trace</th><th class="number">Duration</th><th class="number">Spans</th><th>Errors</th><th>Services</th><th class="number">Started, UTC</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  const none = emptyState(
    "No trace answers this",
    "Widen the time range, or leave a condition out. A trace can be found seconds after its last span.",
  );
  const count = found.length >= foundMax ? `The first ${foundMax}` : many(found.length, "trace");
  const body = html`<header class="page-head"><div><h1>Traces</h1><p class="faint">${count}, ${data.question.order} first.</p></div></header>${form(data)}${found.length === 0 ? none : table}`;
  return { title: "Traces", body };
}
