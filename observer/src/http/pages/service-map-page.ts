import { type Html, html } from "@kontor/kit/html";
import type { ReadMap } from "../service-map/read-service-map.ts";
import type { MapEdge, MapNode, ServiceMap } from "../service-map/service-map.ts";
import { traceHref } from "./finding-parts.ts";
import { emptyState } from "./layout.ts";
import { mapPicture } from "./map-picture.ts";
import { kindText } from "./map-texts.ts";
import { formatCount, formatRate, formatValue, instant, many } from "./page-formats.ts";
import { path } from "./page-path.ts";
import { createServiceColours } from "./service-colours.ts";

export const mapRanges = ["now-15m", "now-1h", "now-6h", "now-24h"] as const;
export type MapRange = (typeof mapRanges)[number];
const rangeLabels: Readonly<Record<MapRange, string>> = {
  "now-15m": "15 min",
  "now-1h": "1 h",
  "now-6h": "6 h",
  "now-24h": "24 h",
};
export const mapRangeMs: Readonly<Record<MapRange, number>> = {
  "now-15m": 900_000,
  "now-1h": 3_600_000,
  "now-6h": 21_600_000,
  "now-24h": 86_400_000,
};

/** More cannot be read as a picture; the table and the search for one service lead further. */
export const drawnNodesMax = 40;
const rowsShownMax = 200;
const idleShownMax = 40;

export interface ServiceMapPageData {
  /** Undefined while the store is still counting. */
  readonly read: ReadMap | undefined;
  readonly range: MapRange;
  /** Only this service and its neighbours; undefined for all. */
  readonly focus: string | undefined;
  /** Names to choose from. */
  readonly services: readonly string[];
}

function filters({ range, focus, services }: ServiceMapPageData): Html {
  const choices = mapRanges.map((one) => {
    const href =
      focus === undefined ? path`/service-map?from=${one}` : path`/service-map?from=${one}&service=${focus}`;
    return html`<a href="${href}"${one === range && html` aria-current="true"`}>${rangeLabels[one]}</a>`;
  });
  const names = focus === undefined || services.includes(focus) ? services : [focus, ...services];
  const options = names.map(
    (name) => html`<option value="${name}"${name === focus && html` selected`}>${name}</option>`,
  );
  return html`<div class="filters" role="group" aria-label="Time range">${choices}<form class="inline" action="/service-map" method="get"><input type="hidden" name="from" value="${range}"><label class="check">Around <select name="service"><option value="">all services</option>${options}</select></label><button type="submit">Show</button></form></div>`;
}

/** The service whose spans tell of a call: who was called, else who called. */
function tracesHref(edge: MapEdge, nodeOf: (id: string) => MapNode | undefined, range: MapRange): string {
  const [to, from] = [nodeOf(edge.to), nodeOf(edge.from)];
  const service = to?.kind === "service" ? to.name : (from?.name ?? "");
  return edge.failedTraceId === undefined
    ? path`/traces?service=${service}&from=${range}&order=slowest`
    : path`/traces?service=${service}&from=${range}&errorsOnly=true`;
}

function nodeCell(node: MapNode | undefined): Html {
  if (node === undefined) return html``;
  const name =
    node.kind === "service"
      ? html`<a class="strong" href="${path`/services/${node.name}`}">${node.name}</a>`
      : html`<span class="strong">${node.name}</span>`;
  const firing = node.firing > 0 && html` <span class="pill bad">${many(node.firing, "alert")} firing</span>`;
  return html`${name}${firing}<span class="sub">${kindText(node)}</span>`;
}

const verdicts: Readonly<Record<MapEdge["state"], (edge: MapEdge) => Html>> = {
  bad: ({ reasons }) => html`<span class="pill bad">${reasons.join(" and ")} above the limit</span>`,
  warn: () => html`<span class="pill warn">some failed</span>`,
  good: () => html`<span class="pill good">none failed</span>`,
};

function row(edge: MapEdge, nodeOf: (id: string) => MapNode | undefined, range: MapRange): Html {
  const errors =
    edge.errorRatio > 0
      ? html`<strong class="tone-bad">${formatValue(edge.errorRatio, "ratio")}</strong>`
      : formatValue(0, "ratio");
  const p95 = formatValue(edge.p95Ms, "ms");
  const failed =
    edge.failedTraceId !== undefined &&
    html` · <a href="${traceHref(edge.failedTraceId)}">last that failed</a>`;
  const traces = html`<a href="${tracesHref(edge, nodeOf, range)}">traces</a> · <a href="${traceHref(edge.slowestTraceId)}">slowest</a>${failed}`;
  return html`<tr class="${edge.state === "good" ? "" : edge.state}"><td>${nodeCell(nodeOf(edge.from))}</td><td>${nodeCell(nodeOf(edge.to))}</td><td>${verdicts[edge.state](edge)}</td><td class="number">${formatRate(edge.callsPerSecond)}</td><td class="number">${errors}</td><td class="number">${edge.reasons.includes("p95") ? html`<strong class="tone-bad">${p95}</strong>` : p95}</td><td class="trace-links">${traces}</td></tr>`;
}

function callTable({ nodes, edges }: ServiceMap, range: MapRange): Html {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const rows = edges.slice(0, rowsShownMax).map((edge) => row(edge, (id) => byId.get(id), range));
  const left = edges.length - rows.length;
  return html`<section class="block" aria-labelledby="calls"><h2 id="calls">Calls, what is wrong first</h2><div class="table-scroll" tabindex="0" role="region" aria-label="Calls"><table><thead><tr><th>Caller</th><th>Called</th><th>State</th><th class="number">Requests</th><th class="number">Errors</th><th class="number">p95</th><th>Traces</th></tr></thead><tbody>${rows}</tbody></table></div>${left > 0 && html`<p class="more">${many(left, "more call")} not shown; choose one service to see all of its own</p>`}</section>`;
}

function verdict({ edges, nodes }: ServiceMap): Html {
  const bad = edges.filter(({ state }) => state === "bad").length;
  const warn = edges.filter(({ state }) => state === "warn").length;
  const firing = nodes.filter((node) => node.firing > 0).length;
  const parts = [
    ...(warn > 0 ? [`${formatCount(warn)} with errors within the limits`] : []),
    ...(firing > 0 ? [`${many(firing, "service")} with firing alerts`] : []),
    many(edges.length, "call"),
  ];
  const pill =
    bad > 0
      ? html`<span class="pill bad">${many(bad, "call")} above a limit</span>`
      : html`<span class="pill good">no call above its limit</span>`;
  return html`${pill} ${parts.join(", ")}`;
}

/** What is left out of the picture, and how sure its numbers are. */
function notes(map: ServiceMap, drawn: number): Html {
  const connected = new Set(map.edges.flatMap(({ from, to }) => [from, to]));
  const idle = map.nodes.filter(({ id }) => !connected.has(id)).map(({ name }) => name);
  const list: (Html | string)[] = [];
  if (map.tracesPerSample > 1) {
    list.push(
      `Estimated from one of ${formatCount(map.tracesPerSample)} traces: there are too many to read all of them.`,
    );
  }
  if (
    drawn < connected.size ||
    map.isCut ||
    map.nodes.length < map.nodeCount ||
    map.edges.length < map.edgeCount
  ) {
    list.push(
      `Drawn are ${formatCount(drawn)} of ${formatCount(map.nodeCount)}, what is wrong first. Choose one service to see everything around it.`,
    );
  }
  if (idle.length > 0) {
    const more = idle.length > idleShownMax ? ` and ${formatCount(idle.length - idleShownMax)} more` : "";
    list.push(`Without calls in this time: ${idle.slice(0, idleShownMax).join(", ")}${more}.`);
  }
  return html`<div class="block">${list.map((text) => html`<p class="faint">${text}</p>`)}</div>`;
}

const legend = html`<p class="legend"><span class="key bad">above a limit</span><span class="key warn">errors within the limit</span><span class="key good">none failed</span><span class="key message">messages</span></p>`;

function content(map: ServiceMap, range: MapRange): Html {
  if (map.edges.length === 0) {
    return html`${emptyState("No calls in this time", "A call is drawn seconds after its spans arrive: server and client spans, and those of messages. Widen the time range, or send traces over OTLP/HTTP to port 4318.")}${notes(map, 0)}`;
  }
  const connected = new Set(map.edges.flatMap(({ from, to }) => [from, to]));
  const nodes = map.nodes.filter(({ id }) => connected.has(id)).slice(0, drawnNodesMax);
  const ids = new Set(nodes.map(({ id }) => id));
  const edges = map.edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const colourOf = createServiceColours(
    nodes.filter(({ kind }) => kind === "service").map(({ name }) => name),
  );
  const picture = mapPicture({
    nodes,
    edges,
    colourOf,
    hrefOf: (edge) => tracesHref(edge, (id) => byId.get(id), range),
  });
  return html`${picture}${legend}${notes(map, nodes.length)}${callTable(map, range)}`;
}

/** Who calls whom, and which call is in trouble. */
export function serviceMapPage(data: ServiceMapPageData): { readonly title: string; readonly body: Html } {
  const { read, range } = data;
  const until = read !== undefined && html`, until ${instant(read.toMs)}`;
  const about = read === undefined ? html`Calls are being counted.` : html`${verdict(read.map)}${until}`;
  const waiting = emptyState(
    "Calls are being counted",
    "A long time range takes some seconds. The page shows them by itself as soon as they are there.",
  );
  const body = html`<header class="page-head"><div><h1>Service map</h1><p class="faint">${about}</p></div></header>${filters(data)}${read === undefined ? waiting : content(read.map, range)}`;
  return { title: "Service map", body };
}
