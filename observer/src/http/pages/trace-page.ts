import { type Html, html } from "@kontor/kit/html";
import type { OutsideLinks } from "../../alerts/outside-links.ts";
import type { Explanation } from "../../diagnosis/diagnosis.ts";
import type { FingerprintedDetection } from "../../diagnosis/finding.ts";
import { formatMs } from "../../diagnosis/texts.ts";
import { summariseTrace, type TraceSummaryLine, toTreeOfRecords } from "../../diagnosis/trace-summary.ts";
import type { TraceTree } from "../../diagnosis/trace-tree.ts";
import { toWaterfall } from "../../diagnosis/waterfall.ts";
import type { SpanRecord } from "../../store/span-record.ts";
import type { LogRecordView } from "../api/span-view.ts";
import { detectorBadge, detectorLabel, findingHref, prose, statementBlock } from "./finding-parts.ts";
import { type Tile, tiles } from "./layout.ts";
import { outsideTraceLinks } from "./outside-parts.ts";
import { formatCount, instant, many } from "./page-formats.ts";
import { createServiceColours } from "./service-colours.ts";
import { traceLogs } from "./trace-logs.ts";
import { traceRows } from "./trace-rows.ts";

export interface TracePageData {
  /** All stored spans of the trace; at least one. */
  readonly spans: readonly SpanRecord[];
  readonly explanation: Explanation;
  readonly logs: readonly LogRecordView[];
  /** The latency limit of a route in ms; undefined where there is none. */
  latencyLimitMs(service: string, route: string): number | undefined;
  readonly outside: OutsideLinks;
}

const groupsMax = 8;
const ticks = [0, 0.25, 0.5, 0.75, 1] as const;
const minimapSpansMax = 800;
const minuteMs = 60_000;

function summaryTiles(tree: TraceTree, summary: TraceSummaryLine, limitMs: number | undefined): Html {
  const over = limitMs !== undefined && summary.durationMs > limitMs;
  const list: Tile[] = [
    {
      label: "Duration",
      value: formatMs(summary.durationMs),
      tone: over ? "bad" : undefined,
      note: limitMs === undefined ? undefined : `limit ${formatMs(limitMs)}`,
    },
    { label: "Spans", value: formatCount(summary.spanCount), note: `${many(summary.depth, "level")} deep` },
    { label: "Services", value: formatCount(summary.services.length) },
    {
      label: "Errors",
      value: formatCount(summary.failedCount),
      tone: summary.failedCount > 0 ? "bad" : undefined,
    },
  ];
  if (tree.durationMs > summary.durationMs + 1) {
    list.splice(1, 0, {
      label: "Until its last span",
      value: formatMs(tree.durationMs),
      note: "work after the answer",
    });
  }
  return tiles(list);
}

function minimap(tree: TraceTree, colourOf: (service: string) => string): Html {
  const shown =
    tree.nodes.length > minimapSpansMax
      ? tree.nodes.filter((_, at) => at % Math.ceil(tree.nodes.length / minimapSpansMax) === 0)
      : tree.nodes;
  const height = 64;
  const step = Math.min(6, (height - 4) / Math.max(1, shown.length));
  const percent = (ms: number): string =>
    (tree.durationMs <= 0 ? 0 : (100 * ms) / tree.durationMs).toFixed(2);
  const rects = shown.map((node, at) => {
    const width = Math.max(node.endMs - node.startMs, tree.durationMs * 0.001);
    return html`<rect class="${colourOf(node.span.service)}" x="${percent(node.startMs)}%" y="${(2 + at * step).toFixed(1)}" width="${percent(width)}%" height="${Math.max(1, step * 0.7).toFixed(1)}"/>`;
  });
  return html`<svg class="minimap" width="100%" height="${height}" aria-hidden="true">${rects}</svg>`;
}

function timeShare(summary: TraceSummaryLine, colourOf: (service: string) => string): Html {
  const total = summary.groups.reduce((sum, group) => sum + group.ms, 0);
  if (total <= 0) return html``;
  let at = 0;
  const segments = summary.groups.slice(0, 24).map((group) => {
    const width = (100 * group.ms) / total;
    const rect = html`<rect class="${colourOf(group.service)} ${group.kind}" x="${at.toFixed(3)}%" width="${Math.max(0, width - 0.15).toFixed(3)}%" height="14"/>`;
    at += width;
    return rect;
  });
  const rows = summary.groups.slice(0, groupsMax).map((group) => {
    const label =
      group.kind === "own"
        ? html`<span class="faint">own time of</span> ${group.label}`
        : html`${group.label}`;
    const spans =
      group.nodes.length > 1 && html` <span class="faint">${formatCount(group.nodes.length)} spans</span>`;
    return html`<tr><td class="number">${formatMs(group.ms)}</td><td class="number faint">${Math.round((100 * group.ms) / total)} %</td><td><span class="chip ${colourOf(group.service)}"></span> ${label}${spans}</td><td class="faint">${group.service}</td></tr>`;
  });
  return html`<section class="card" aria-labelledby="time-share"><h2 id="time-share">Where the time went</h2><svg class="stack" width="100%" height="14" aria-hidden="true">${segments}</svg>
<table class="compact"><thead class="hidden"><tr><th>Time</th><th>Share</th><th>Work</th><th>Service</th></tr></thead><tbody>${rows}</tbody></table></section>`;
}

function findingCard(detection: FingerprintedDetection): Html {
  const [first] = detection.evidenceSpanIds;
  const place =
    detection.place === detection.route ? detection.service : `${detection.service}, ${detection.place}`;
  return html`<article class="finding" id="finding-${detection.fingerprint}"><header>${detectorBadge(detection.detector)}<h3><a href="${findingHref(detection.fingerprint)}">${detection.title}</a></h3><span class="faint">${place}</span></header>
<p>${prose(detection.recommendation)}</p>${detection.statement !== undefined && statementBlock(detection.statement)}
<p class="finding-figures"><span><strong>${formatCount(detection.count)}</strong> ${detection.count === 1 ? "span" : "spans"}</span><span><strong>${formatMs(detection.timeMs)}</strong> spent</span><span class="gain"><strong>${formatMs(detection.expectedGainMs)}</strong> to gain</span>${first !== undefined && html`<a href="#s-${first}">first span</a>`}</p></article>`;
}

function explanationCard({ detections, silences }: Explanation): Html {
  const silent = silences.map(
    ({ detector, reason }) => html`<div><dt>${detectorLabel(detector)}</dt><dd>${reason}</dd></div>`,
  );
  const why =
    silences.length > 0 &&
    html`<details class="silences"${detections.length === 0 && html` open`}><summary>Why ${detections.length === 0 ? "nothing was found" : "the other detectors are silent"}</summary><dl>${silent}</dl></details>`;
  const heading = detections.length === 0 ? "Nothing found" : many(detections.length, "finding");
  return html`<section class="card findings${detections.length > 0 ? " some" : ""}" aria-labelledby="findings"><h2 id="findings">${heading}</h2>${detections.map(findingCard)}${why}</section>`;
}

function axis(totalMs: number): Html {
  const labels = ticks.map((share) => {
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    return html`<text x="${share * 100}%" y="15" text-anchor="${anchor}">${share === 0 ? "0" : formatMs(totalMs * share)}</text>`;
  });
  return html`<svg width="100%" height="22" aria-hidden="true">${labels}</svg>`;
}

/** The page of one trace: what it was, what was found in it, and every span on a time axis with the critical path in full colour. */
export function tracePage({ spans, explanation, logs, latencyLimitMs, outside }: TracePageData): {
  readonly title: string;
  readonly body: Html;
} {
  const tree = toTreeOfRecords(spans);
  const summary = summariseTrace(tree);
  const route = tree.root?.span.route;
  const limitMs = route === undefined ? undefined : latencyLimitMs(summary.service, route);
  const waterfall = toWaterfall(tree, explanation.detections);
  const colourOf = createServiceColours(summary.services);
  const records = new Map(spans.map((span) => [`${span.spanId}${span.kind}${span.resource.service}`, span]));
  const recordOf = ({ span }: { span: { spanId: string; kind: string; service: string } }) =>
    records.get(`${span.spanId}${span.kind}${span.service}`);
  const legend = summary.services.map(
    (service) => html`<li><span class="chip ${colourOf(service)}"></span>${service}</li>`,
  );
  const rows = traceRows(waterfall.items, 0, { totalMs: tree.durationMs, colourOf, recordOf, marked: [] });
  const hidden =
    waterfall.hiddenSpans > 0 &&
    html`<p class="more">${many(waterfall.hiddenSpans, "more span")} not shown: the trace is too large for one page</p>`;
  const missing =
    tree.missingParents > 0 &&
    html`<p class="note">${many(tree.missingParents, "span")} of this trace never arrived; what they called is shown below a stand-in.</p>`;
  const range = { fromMs: tree.startMs - minuteMs, untilMs: tree.startMs + tree.durationMs + minuteMs };
  const elsewhere = outsideTraceLinks(outside, tree.traceId, range);
  const body = html`<header class="page-head"><div><p class="eyebrow"><a href="/traces">Traces</a> <span class="mono">${tree.traceId}</span></p><h1><span class="chip large ${colourOf(summary.service)}"></span>${summary.name} <span class="faint">${summary.service}</span></h1><p class="faint">${instant(tree.startMs)}</p>${elsewhere}</div>${summaryTiles(tree, summary, limitMs)}</header>
<div class="two-columns">${explanationCard(explanation)}${timeShare(summary, colourOf)}</div>${missing}
<section class="waterfall" aria-labelledby="waterfall"><header class="waterfall-head"><h2 id="waterfall">Waterfall</h2><ul class="legend">${legend}</ul><p class="legend-key"><svg width="22" height="10" aria-hidden="true"><rect class="ran" width="22" height="10" rx="2"/></svg> ran <svg width="22" height="10" aria-hidden="true"><rect class="waited" width="22" height="10" rx="2"/></svg> the request waited for it</p></header>
${minimap(tree, colourOf)}
<div class="row axis"><span class="cell name">Service and operation</span><span class="cell time">${axis(tree.durationMs)}</span><span class="cell took">Took</span></div>
<div class="rows">${rows}</div>${hidden}</section>${traceLogs(logs, colourOf)}`;
  return { title: `${summary.name} ${formatMs(summary.durationMs)}`, body };
}
