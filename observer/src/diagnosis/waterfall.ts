import { criticalPath } from "./critical-path.ts";
import { coveredMs } from "./detector.ts";
import type { FingerprintedDetection } from "./finding.ts";
import { describeNode } from "./texts.ts";
import type { SpanNode, TraceTree } from "./trace-tree.ts";

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One span with what hangs below it. */
export interface SpanItem {
  readonly kind: "span";
  readonly node: SpanNode;
  /** When the whole request waited for this very span, by time. */
  readonly critical: readonly Stretch[];
  readonly detections: readonly FingerprintedDetection[];
  readonly items: readonly WaterfallItem[];
  /** Spans below that are not shown because the waterfall is full. */
  readonly hiddenSpans: number;
}

/** Siblings that do the same, collapsed into one row: `187 × order_lines.list_by_order`. */
export interface GroupItem {
  readonly kind: "group";
  /** By start; at least `groupCountMin`. */
  readonly nodes: readonly SpanNode[];
  readonly label: string;
  /** Time they cover, overlaps counted once, and of that what the request waited for, in them or below them. */
  readonly coveredMs: number;
  readonly criticalMs: number;
  readonly critical: readonly Stretch[];
  readonly failedCount: number;
  readonly detections: readonly FingerprintedDetection[];
  /** The first of them; the others are not shown one by one. */
  readonly items: readonly WaterfallItem[];
  readonly hiddenSpans: number;
}

export type WaterfallItem = SpanItem | GroupItem;

export interface Waterfall {
  readonly items: readonly WaterfallItem[];
  /** Spans that found no room; 0 for all but huge traces. */
  readonly hiddenSpans: number;
}

export interface WaterfallBounds {
  /** Equal siblings from which on they are one row. */
  readonly groupCountMin: number;
  /** Members shown of a group. */
  readonly groupMembersMax: number;
  /** Rows in all, members of groups included. */
  readonly rowsMax: number;
  readonly depthMax: number;
}

export const defaultWaterfallBounds: WaterfallBounds = {
  groupCountMin: 5,
  groupMembersMax: 12,
  rowsMax: 1_500,
  depthMax: 150,
};

function sameWorkKey({ span }: SpanNode): string {
  const what = span.statement?.text ?? span.callee ?? span.route ?? "";
  return [span.service, span.kind, span.functionName ?? span.name.replace(/\d+/g, "#"), what].join("\u001f");
}

/** Splits children into single spans and groups; a group stands where its first member does. */
function gather(children: readonly SpanNode[], countMin: number): (SpanNode | readonly SpanNode[])[] {
  if (children.length < countMin) return [...children];
  const byKey = new Map<string, SpanNode[]>();
  for (const child of children) {
    const key = sameWorkKey(child);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [child]);
    else same.push(child);
  }
  const gathered: (SpanNode | readonly SpanNode[])[] = [];
  for (const child of children) {
    const same = byKey.get(sameWorkKey(child)) ?? [];
    if (same.length < countMin) gathered.push(child);
    else if (same[0] === child) gathered.push(same);
  }
  return gathered;
}

/** Spans at and below each node, for saying how much is not shown. */
function countBelow(tree: TraceTree): Map<SpanNode, number> {
  const counts = new Map<SpanNode, number>();
  for (const node of tree.nodes.toReversed()) {
    let count = 1;
    for (const child of node.children) count += counts.get(child) ?? 0;
    counts.set(node, count);
  }
  return counts;
}

/**
 * A trace as rows: spans in order with their stretches of the critical path and the findings on them, equal siblings collapsed, so that
 * a trace with ten thousand statements can be read. Bounded by `bounds`; what is left out is counted.
 */
export function toWaterfall(
  tree: TraceTree,
  detections: readonly FingerprintedDetection[],
  bounds: WaterfallBounds = defaultWaterfallBounds,
): Waterfall {
  const critical = new Map<SpanNode, Stretch[]>();
  for (const { node, fromMs, toMs } of criticalPath(tree)) {
    const stretches = critical.get(node);
    if (stretches === undefined) critical.set(node, [{ fromMs, toMs }]);
    else stretches.push({ fromMs, toMs });
  }
  const marks = new Map<string, FingerprintedDetection[]>();
  for (const detection of detections) {
    for (const spanId of detection.evidenceSpanIds)
      marks.set(spanId, [...(marks.get(spanId) ?? []), detection]);
  }
  const below = countBelow(tree);
  const spansBelow = (nodes: readonly SpanNode[]): number =>
    nodes.reduce((sum, node) => sum + (below.get(node) ?? 1), 0);
  const marksOf = (node: SpanNode): readonly FingerprintedDetection[] => marks.get(node.span.spanId) ?? [];
  let rows = 0;

  function criticalBelow(nodes: readonly SpanNode[]): Stretch[] {
    const stretches: Stretch[] = [];
    const stack = [...nodes];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      stretches.push(...(critical.get(node) ?? []));
      for (const child of node.children) stack.push(child);
    }
    return stretches.sort((a, b) => a.fromMs - b.fromMs);
  }

  function toItems(
    nodes: readonly SpanNode[],
    depth: number,
  ): { items: WaterfallItem[]; hiddenSpans: number } {
    const items: WaterfallItem[] = [];
    let hiddenSpans = 0;
    for (const one of gather(nodes, bounds.groupCountMin)) {
      const members: readonly SpanNode[] = "span" in one ? [one] : one;
      if (rows >= bounds.rowsMax || depth > bounds.depthMax) hiddenSpans += spansBelow(members);
      else items.push("span" in one ? toSpanItem(one, depth) : toGroupItem(one, depth));
    }
    return { items, hiddenSpans };
  }

  function toSpanItem(node: SpanNode, depth: number): SpanItem {
    rows += 1;
    const shared = {
      kind: "span",
      node,
      critical: critical.get(node) ?? [],
      detections: marksOf(node),
    } as const;
    return { ...shared, ...toItems(node.children, depth + 1) };
  }

  function toGroupItem(nodes: readonly SpanNode[], depth: number): GroupItem {
    rows += 1;
    const shown = nodes.slice(0, Math.min(bounds.groupMembersMax, bounds.rowsMax - rows));
    const stretches = criticalBelow(nodes);
    const first = nodes[0];
    return {
      kind: "group",
      nodes,
      label: first === undefined ? "" : describeNode(first),
      coveredMs: coveredMs(nodes),
      critical: stretches,
      criticalMs: stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
      failedCount: nodes.filter((node) => node.span.failed).length,
      detections: [...new Set(nodes.flatMap(marksOf))],
      items: shown.map((node) => toSpanItem(node, depth + 1)),
      hiddenSpans: spansBelow(nodes.slice(shown.length)),
    };
  }

  return toItems(tree.roots, 0);
}
