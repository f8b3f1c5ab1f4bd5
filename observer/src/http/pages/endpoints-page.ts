import { type Html, html } from "@kontor/kit/html";
import { limitBar } from "./alerts-page.ts";
import { emptyState, shareBar } from "./layout.ts";
import { formatCount, formatValue, many } from "./page-formats.ts";
import { path } from "./page-path.ts";
import { routeHref } from "./route-page.ts";
import type { EndpointRow } from "./service-rows.ts";

export const endpointOrders = ["p95", "load", "requests", "errors"] as const;
export type EndpointOrder = (typeof endpointOrders)[number];

const labels: Record<EndpointOrder, string> = {
  p95: "slowest",
  load: "most capacity",
  requests: "most requests",
  errors: "most errors",
};
const rowsShownMax = 300;

function rank(row: EndpointRow, order: EndpointOrder): number {
  if (order === "p95") return row.p95Ms ?? -1;
  if (order === "load") return row.load;
  return order === "requests" ? row.requestsPerSecond : (row.errorRatio ?? -1);
}

function measured(value: number | undefined, unit: string): Html {
  return value === undefined ? html`<span class="faint">–</span>` : html`${formatValue(value, unit)}`;
}

function row(endpoint: EndpointRow, mostLoad: number): Html {
  const { p95Ms, limitMs, errorRatio } = endpoint;
  const over = p95Ms !== undefined && limitMs !== undefined && p95Ms > limitMs;
  const bar = p95Ms !== undefined && limitMs !== undefined && limitBar(p95Ms, limitMs, over ? "bad" : "good");
  const errors =
    errorRatio !== undefined && errorRatio > 0
      ? html`<strong class="tone-bad">${formatValue(errorRatio, "ratio")}</strong>`
      : measured(errorRatio, "ratio");
  const search = path`/traces?service=${endpoint.service}&route=${endpoint.route}&order=slowest`;
  return html`<tr class="${over ? "bad" : ""}"><td class="main"><a href="${routeHref(endpoint.service, endpoint.route)}">${endpoint.route}</a><span class="sub"><a href="${path`/services/${endpoint.service}`}">${endpoint.service}</a> · <a href="${search}">traces</a></span></td><td class="number">${formatValue(endpoint.requestsPerSecond, "1/s")}</td><td class="number">${errors}</td><td class="number">${measured(endpoint.p50Ms, "ms")}</td><td class="number bar">${measured(p95Ms, "ms")}${bar}</td><td class="number">${measured(endpoint.p99Ms, "ms")}</td><td class="number">${measured(limitMs, "ms")}</td><td class="number bar narrow">${endpoint.load.toFixed(2)}${shareBar(endpoint.load / mostLoad)}</td></tr>`;
}

/** Endpoints with duration against limit, in the order asked for. */
export function endpointTable(endpoints: readonly EndpointRow[], order: EndpointOrder): Html {
  const sorted = endpoints.toSorted(
    (a, b) => rank(b, order) - rank(a, order) || (a.route < b.route ? -1 : 1),
  );
  const mostLoad = endpoints.reduce((most, one) => Math.max(most, one.load), 0);
  const rows = sorted.slice(0, rowsShownMax).map((endpoint) => row(endpoint, mostLoad));
  const left = sorted.length - rows.length;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Endpoints"><table><thead><tr><th>Endpoint</th><th class="number">Requests</th><th class="number">Errors</th><th class="number">p50</th><th class="number">p95</th><th class="number">p99</th><th class="number">Limit p95</th><th class="number"><abbr title="requests under way at a time: rate times median">Under way</abbr></th></tr></thead><tbody>${rows}</tbody></table></div>${left > 0 && html`<p class="more">${formatCount(left)} more not shown; ask for one service to see all of it</p>`}`;
}

export interface EndpointsPageData {
  readonly endpoints: readonly EndpointRow[];
  readonly order: EndpointOrder;
  /** Only this service's; undefined for all. */
  readonly service: string | undefined;
}

/** Every endpoint asked in the last minute. */
export function endpointsPage({ endpoints, order, service }: EndpointsPageData): {
  readonly title: string;
  readonly body: Html;
} {
  const choices = endpointOrders.map((one) => {
    const current = one === order ? html` aria-current="true"` : false;
    const href =
      service === undefined
        ? path`/endpoints?order=${one}`
        : path`/endpoints?order=${one}&service=${service}`;
    return html`<a href="${href}"${current}>${labels[one]}</a>`;
  });
  const shown = service === undefined ? endpoints : endpoints.filter((one) => one.service === service);
  const only =
    service !== undefined &&
    html`<a href="${path`/endpoints?order=${order}`}" aria-current="true">${service} ×<span class="hidden"> show all services</span></a>`;
  const over = shown.filter(
    (one) => one.p95Ms !== undefined && one.limitMs !== undefined && one.p95Ms > one.limitMs,
  ).length;
  const none = emptyState(
    "No requests in the last minute",
    "An endpoint is listed here with its first request: method and route, as its service reports them.",
  );
  const body = html`<header class="page-head"><div><h1>Endpoints</h1><p class="faint">${many(shown.length, "endpoint")} in the last minute${over > 0 && html`, <strong class="tone-bad">${over} above their limit</strong>`}.</p></div></header><div class="filters" role="group" aria-label="Order">${choices}${only}</div>${shown.length === 0 ? none : endpointTable(shown, order)}`;
  return { title: "Endpoints", body };
}
