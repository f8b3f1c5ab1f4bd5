import { type Html, html } from "@kontor/kit/html";
import { shorten } from "../../diagnosis/texts.ts";
import { layoutMap, type Point } from "../service-map/layout-map.ts";
import type { MapEdge, MapNode } from "../service-map/service-map.ts";
import { callLabel, callText, kindText } from "./map-texts.ts";
import { formatRate, many } from "./page-formats.ts";
import { path } from "./page-path.ts";

const card = { width: 150, height: 48 };
const sizes = { columnWidth: 240, rowHeight: 78, laneHeight: 30, margin: 16 };
const nameMax = 18;
/** The smallest that its texts can still be read at; what is wider than the window then is scrolled to within its frame. */
const scaleMin = 0.75;
const lineHeight = 14;
/** Beyond it only what is wrong has its figures beside the line. */
const labelledEdgesMax = 24;

interface Placed {
  readonly edge: MapEdge;
  readonly points: readonly Point[];
}

/** A line from card to card: straight through the lanes of the layers it passes, bent between them. */
function toLine(points: readonly Point[], isSelf: boolean): string {
  const [first = { x: 0, y: 0 }] = points;
  if (isSelf) {
    const [x, y] = [first.x + card.width / 2 - 40, first.y - card.height / 2];
    return `M${x} ${y}C${x} ${y - 26} ${x + 34} ${y - 26} ${x + 34} ${y - 2}`;
  }
  const last = points.at(-1) ?? first;
  const way = last.x >= first.x ? 1 : -1;
  const half = (card.width / 2) * way;
  let at = { x: first.x + half, y: first.y };
  let line = `M${at.x} ${at.y.toFixed(1)}`;
  for (const [place, point] of points.slice(1).entries()) {
    const isLast = place === points.length - 2;
    const to = { x: point.x - half - (isLast ? 7 * way : 0), y: point.y };
    const bend = (to.x - at.x) / 2;
    line += `C${at.x + bend} ${at.y.toFixed(1)} ${to.x - bend} ${to.y.toFixed(1)} ${to.x} ${to.y.toFixed(1)}`;
    if (!isLast) line += `L${point.x + half} ${to.y.toFixed(1)}`;
    at = isLast ? to : { x: point.x + half, y: point.y };
  }
  return line;
}

/** On the last lane of a long line, which it has for itself; of a short one between its cards. */
function placeLabel({ edge, points }: Placed): { readonly at: Point; readonly texts: readonly string[] } {
  const texts = callLabel(edge);
  const [first = { x: 0, y: 0 }] = points;
  if (edge.from === edge.to) return { at: { x: first.x, y: first.y - card.height / 2 - 14 }, texts };
  const last = points.at(-1) ?? first;
  const before = points.at(-2) ?? first;
  if (points.length > 2) return { at: { x: before.x, y: before.y + 4 }, texts: [texts.join(" · ")] };
  return { at: { x: (last.x + before.x) / 2, y: (last.y + before.y) / 2 + 4 }, texts };
}

function drawEdge({ edge, points }: Placed, names: ReadonlyMap<string, string>, href: string): Html {
  const isSelf = edge.from === edge.to;
  const width = 1.2 + Math.min(3, Math.log10(1 + edge.callsPerSecond));
  const line = toLine(points, isSelf);
  const what = `${names.get(edge.from) ?? ""} to ${names.get(edge.to) ?? ""}: ${callText(edge)}`;
  return html`<a class="call ${edge.state} ${edge.kind}" href="${href}" tabindex="-1"><title>${what}</title><path class="call-ground" d="${line}"/><path class="call-line" d="${line}" stroke-width="${width.toFixed(2)}" marker-end="url(#arrow-${edge.state})"/></a>`;
}

function drawLabel(placed: Placed): Html {
  const { at: point, texts } = placeLabel(placed);
  const { x, y } = point;
  const first = y - (texts.length - 1) * 7;
  const lines = texts.map(
    (text, at) => html`<tspan x="${x}" y="${(first + at * lineHeight).toFixed(1)}">${text}</tspan>`,
  );
  return html`<text class="call-label ${placed.edge.state}">${lines}</text>`;
}

function drawNode(node: MapNode, { x, y }: Point, rate: number, colour: string): Html {
  const [left, top] = [x - card.width / 2, y - card.height / 2];
  const second =
    node.firing > 0
      ? `${many(node.firing, "alert")} firing`
      : node.kind === "service"
        ? `${formatRate(rate)} in`
        : kindText(node);
  const body = html`<title>${node.name}, ${kindText(node)}</title><rect class="node-card" x="${left}" y="${top.toFixed(1)}" width="${card.width}" height="${card.height}" rx="8"/><rect class="node-mark ${colour}" x="${left}" y="${(top + 10).toFixed(1)}" width="4" height="${card.height - 20}" rx="2"/><text class="node-name" x="${left + 14}" y="${(y - 3).toFixed(1)}">${shorten(node.name, nameMax)}</text><text class="node-note" x="${left + 14}" y="${(y + 14).toFixed(1)}">${shorten(second, nameMax + 2)}</text>`;
  const classes = `node ${node.kind} ${node.state}${node.firing > 0 ? " firing" : ""}`;
  return node.kind === "service"
    ? html`<a class="${classes}" href="${path`/services/${node.name}`}">${body}</a>`
    : html`<g class="${classes}">${body}</g>`;
}

function arrow(state: MapEdge["state"]): Html {
  return html`<marker id="arrow-${state}" class="arrow ${state}" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>`;
}

export interface MapPictureData {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  readonly colourOf: (service: string) => string;
  readonly hrefOf: (edge: MapEdge) => string;
}

/** The map as a picture. The table beside it says the same; its lines are therefore no stops for the keyboard. */
export function mapPicture({ nodes, edges, colourOf, hrefOf }: MapPictureData): Html {
  const {
    width,
    height,
    nodes: places,
    edges: lines,
  } = layoutMap(
    nodes.map(({ id }) => id),
    edges,
    sizes,
  );
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  // Painted last is painted on top: what is wrong.
  const placed = edges.map((edge, at): Placed => ({ edge, points: lines[at] ?? [] })).toReversed();
  const labelled = placed.filter(({ edge }) => edges.length <= labelledEdgesMax || edge.state !== "good");
  const rates = new Map<string, number>();
  for (const { to, callsPerSecond } of edges) rates.set(to, (rates.get(to) ?? 0) + callsPerSecond);
  const cards = nodes.map((node) =>
    drawNode(
      node,
      places.get(node.id) ?? { x: 0, y: 0 },
      rates.get(node.id) ?? 0,
      node.kind === "service" ? colourOf(node.name) : "",
    ),
  );
  // A column is wider than its cards by what lies between two of them, which the first and the last do not need.
  const between = sizes.columnWidth - card.width;
  const drawn = width - between;
  const box = `${between / 2} 0 ${drawn} ${height.toFixed(0)}`;
  // Grown by the style sheet to the width of its frame; its height keeps it from being drawn larger than it is.
  return html`<div class="table-scroll map card" tabindex="0" role="region" aria-label="Picture of the map; the table below says the same"><svg class="service-map" width="${(drawn * scaleMin).toFixed(0)}" height="${height.toFixed(0)}" viewBox="${box}" role="group" aria-label="Services and what they call"><defs>${arrow("good")}${arrow("warn")}${arrow("bad")}</defs>${placed.map((one) => drawEdge(one, names, hrefOf(one.edge)))}${cards}${labelled.map(drawLabel)}</svg></div>`;
}
