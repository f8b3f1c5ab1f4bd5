import { type Html, html } from "@kontor/kit/html";
import type { FingerprintedDetection } from "../../diagnosis/finding.ts";
import { describeNode, formatMs } from "../../diagnosis/texts.ts";
import type { SpanNode } from "../../diagnosis/trace-tree.ts";
import type { GroupItem, SpanItem, Stretch, WaterfallItem } from "../../diagnosis/waterfall.ts";
import type { SpanRecord } from "../../store/span-record.ts";
import { attributeList } from "./attribute-list.ts";
import { detectorLabel, statementBlock } from "./finding-parts.ts";
import { formatCount, many } from "./page-formats.ts";

export interface RowContext {
  readonly totalMs: number;
  readonly colourOf: (service: string) => string;
  readonly recordOf: (node: SpanNode) => SpanRecord | undefined;
  /** Marked on the group above already; its members need no mark of their own. */
  readonly marked: readonly FingerprintedDetection[];
}

const indentMax = 20;
/** Stretches nearer to each other than this share of the axis are drawn as one. */
const mergeShare = 0.0015;

function mergeStretches(stretches: readonly Stretch[], totalMs: number): Stretch[] {
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of stretches.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromMs - last.toMs <= totalMs * mergeShare)
      last.toMs = Math.max(last.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}

function bars(kind: "ran" | "waited", stretches: readonly Stretch[], totalMs: number): Html {
  const percent = (ms: number): string => (totalMs <= 0 ? 0 : (100 * ms) / totalMs).toFixed(3);
  const rects = mergeStretches(stretches, totalMs).map(({ fromMs, toMs }) => {
    const width = Math.max(toMs - fromMs, totalMs * 0.0012);
    return html`<rect class="${kind}" x="${percent(fromMs)}%" y="7" width="${percent(width)}%" height="10" rx="2"/>`;
  });
  return html`${rects}`;
}

function timeline(
  ran: readonly Stretch[],
  waited: readonly Stretch[],
  failedAtMs: number | undefined,
  totalMs: number,
): Html {
  const x = failedAtMs === undefined || totalMs <= 0 ? undefined : ((100 * failedAtMs) / totalMs).toFixed(3);
  const mark = x !== undefined && html`<circle class="failure" cx="${x}%" cy="12" r="3.5"/>`;
  return html`<svg class="lane" width="100%" height="24" aria-hidden="true">${bars("ran", ran, totalMs)}${bars("waited", waited, totalMs)}${mark}</svg>`;
}

function marks(detections: readonly FingerprintedDetection[], failed: boolean): Html {
  const names = [...new Set(detections.map((one) => detectorLabel(one.detector)))];
  return html`${names.map((name) => html`<span class="badge warn">${name}</span>`)}${failed && html`<span class="badge bad">error</span>`}`;
}

function rowHead(
  depth: number,
  colour: string,
  service: string,
  label: Html,
  badges: Html,
  kind: string,
): Html {
  const indent = `d${Math.min(depth, indentMax)}`;
  return html`<span class="cell name ${indent}"><span class="chip ${colour}" title="${service}"></span><span class="service">${service}</span> <span class="label">${label}</span>${kind !== "" && html`<span class="kind">${kind}</span>`}${badges}</span>`;
}

function kindMark(record: SpanRecord | undefined): string {
  return record === undefined || record.kind === "internal" || record.kind === "unspecified"
    ? ""
    : record.kind;
}

function facts(item: SpanItem): Html {
  const { node } = item;
  const waitedMs = item.critical.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const rows: readonly (readonly [string, string])[] = [
    ["starts at", formatMs(node.startMs)],
    ["takes", formatMs(node.endMs - node.startMs)],
    ["of that its own", formatMs(node.selfMs)],
    ["waited for", waitedMs === 0 ? "not on the critical path" : formatMs(waitedMs)],
    ["span id", node.span.spanId],
    ...(node.skewMs === 0 ? [] : [["clock corrected by", formatMs(Math.abs(node.skewMs))] as const]),
  ];
  return html`<dl class="facts">${rows.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>`;
}

function eventList(record: SpanRecord): Html {
  if (record.events.length === 0) return html``;
  const rows = record.events.slice(0, 50).map((event) => {
    const at = formatMs(Number(event.timeUnixNano - record.startUnixNano) / 1e6);
    return html`<li><span class="event-time">+${at}</span> <strong>${event.name}</strong>${attributeList(event.attributes)}</li>`;
  });
  return html`<h3>Events</h3><ol class="events">${rows}</ol>`;
}

function spanPanel(item: SpanItem, record: SpanRecord | undefined): Html {
  const found = item.detections.map(
    (one) =>
      html`<p class="span-finding"><span class="badge warn">${detectorLabel(one.detector)}</span> <a href="#finding-${one.fingerprint}">${one.title}</a></p>`,
  );
  if (record === undefined) {
    return html`<div class="panel">${found}<p>This span never arrived. It is named as the parent of the spans below, so they are kept together here.</p></div>`;
  }
  const { "db.query.text": statement, ...others } = record.attributes;
  const status =
    record.statusMessage !== "" && html`<p class="status ${record.statusCode}">${record.statusMessage}</p>`;
  return html`<div class="panel">${found}${facts(item)}${status}${typeof statement === "string" && statementBlock(statement)}
<div class="panel-columns"><section><h3>Attributes</h3>${attributeList(others)}${eventList(record)}</section><section><h3>Resource</h3>${attributeList(record.resource.attributes)}<p class="faint">${record.scopeName}</p></section></div></div>`;
}

function hiddenRow(count: number, depth: number): Html {
  if (count === 0) return html``;
  return html`<p class="more d${Math.min(depth, indentMax)}">${many(count, "more span")} not shown one by one</p>`;
}

function spanRow(item: SpanItem, depth: number, context: RowContext): Html {
  const { node } = item;
  const record = context.recordOf(node);
  const head = rowHead(
    depth,
    context.colourOf(node.span.service),
    node.span.service,
    html`${describeNode(node)}`,
    marks(
      item.detections.filter((one) => !context.marked.includes(one)),
      node.span.failed,
    ),
    kindMark(record),
  );
  const lane = timeline(
    [{ fromMs: node.startMs, toMs: node.endMs }],
    item.critical,
    node.span.failed ? node.endMs : undefined,
    context.totalMs,
  );
  const tone = `${item.critical.length > 0 ? " on-path" : ""}${item.detections.length > 0 ? " found" : ""}${node.synthetic ? " missing" : ""}`;
  return html`<details class="span${tone}" id="s-${node.span.spanId}"><summary class="row ${context.colourOf(node.span.service)}">${head}<span class="cell time">${lane}</span><span class="cell took">${formatMs(node.endMs - node.startMs)}</span></summary>${spanPanel(item, record)}</details>${traceRows(item.items, depth + 1, context)}${hiddenRow(item.hiddenSpans, depth + 1)}`;
}

function groupRow(item: GroupItem, depth: number, context: RowContext): Html {
  const [first] = item.nodes;
  if (first === undefined) return html``;
  const { service } = first.span;
  const label = html`<strong>${formatCount(item.nodes.length)} ×</strong> ${item.label}`;
  const failed =
    item.failedCount > 0 && html`<span class="badge bad">${many(item.failedCount, "error")}</span>`;
  const head = rowHead(
    depth,
    context.colourOf(service),
    service,
    label,
    html`${marks(item.detections, false)}${failed}`,
    kindMark(context.recordOf(first)),
  );
  const ran = item.nodes.map((node) => ({ fromMs: node.startMs, toMs: node.endMs }));
  const tone = `${item.criticalMs > 0 ? " on-path" : ""}${item.detections.length > 0 ? " found" : ""}`;
  return html`<details class="group${tone}"><summary class="row ${context.colourOf(service)}">${head}<span class="cell time">${timeline(ran, item.critical, undefined, context.totalMs)}</span><span class="cell took">${formatMs(item.coveredMs)}</span></summary><div class="members">${traceRows(item.items, depth + 1, { ...context, marked: item.detections })}${hiddenRow(item.hiddenSpans, depth + 1)}</div></details>`;
}

/** The rows of a waterfall. Depth is bounded by the waterfall itself. */
export function traceRows(items: readonly WaterfallItem[], depth: number, context: RowContext): Html {
  return html`${items.map((item) => (item.kind === "span" ? spanRow(item, depth, context) : groupRow(item, depth, context)))}`;
}
