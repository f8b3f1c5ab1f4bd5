import { undoClockGrain } from "./clock-grain.ts";
import { correctClockSkew } from "./clock-skew.ts";
import type { SpanFacts } from "./span-facts.ts";

/** A span in its place. Times are ms since the start of the trace, after correction for clocks that disagree. */
export interface SpanNode {
  readonly span: SpanFacts;
  readonly parent: SpanNode | undefined;
  /** By start. */
  readonly children: readonly SpanNode[];
  /** 0 for roots. */
  readonly depth: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Duration less the time covered by children, overlaps counted once. */
  readonly selfMs: number;
  /** What was added to this span's own times because its service's clock disagrees with its caller's. */
  readonly skewMs: number;
  /** Stands for a parent that never arrived; its children are real. */
  readonly synthetic: boolean;
  /** Undefined for an entry point itself; see `entryOf`. */
  readonly entry: SpanNode | undefined;
}

/** The entry point a span works for: the nearest request or message of its service, else the outermost span of that service. */
export function entryOf(node: SpanNode): SpanNode {
  return node.entry ?? node;
}

/** A driver's span may lie some pool and function spans below that of the object mapper that ran the statement. */
const outerStatementDepthMax = 4;

/** The statement that this one is only the inside of: object mapper and driver each make a span of one run. */
export function outerStatement(node: SpanNode): SpanNode | undefined {
  if (node.span.role !== "statement") return undefined;
  let at = node.parent;
  for (let depth = 0; depth < outerStatementDepthMax && at !== undefined; depth += 1) {
    if (at.span.service !== node.span.service) return undefined;
    if (at.span.role === "statement") return at;
    if (at.span.role !== "connection" && at.span.role !== "work") return undefined;
    at = at.parent;
  }
  return undefined;
}

export interface TraceTree {
  readonly traceId: string;
  /** Every span once, parents before children, siblings by start. */
  readonly nodes: readonly SpanNode[];
  readonly roots: readonly SpanNode[];
  /** The root that began first; a real one before a synthetic one. Undefined only for a trace without spans. */
  readonly root: SpanNode | undefined;
  /** Ms since the epoch of the earliest start, and from there to the latest end. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Spans that arrived more than once and were used once. */
  readonly repeatedSpans: number;
  /** Parents that are named by spans but never arrived. */
  readonly missingParents: number;
}

export interface BuildNode {
  span: SpanFacts;
  parent: BuildNode | undefined;
  children: BuildNode[];
  depth: number;
  startMs: number;
  endMs: number;
  selfMs: number;
  skewMs: number;
  synthetic: boolean;
  entry: BuildNode | undefined;
  /** The walk along parents that came by first; -1 before. */
  walk: number;
}

function newNode(span: SpanFacts, originMs: number, synthetic: boolean): BuildNode {
  const startMs = span.startMs - originMs;
  return {
    ...{ span, parent: undefined, children: [], depth: 0, startMs, endMs: startMs + span.durationMs },
    ...{ selfMs: 0, skewMs: 0, synthetic, entry: undefined, walk: -1 },
  };
}

/** Same id, service and kind: one span sent twice. Same id and another kind: client and server that share an id, as Zipkin had it. */
function uniqueSpans(spans: readonly SpanFacts[]): { unique: readonly SpanFacts[]; repeated: number } {
  const firstById = new Map<string, number>();
  const furtherByKey = new Map<string, number>();
  const unique: SpanFacts[] = [];
  for (const span of spans) {
    let at = firstById.get(span.spanId);
    if (at === undefined) firstById.set(span.spanId, unique.length);
    else if (!isSameSpan(unique[at], span)) {
      const key = [span.spanId, span.kind, span.service].join(" ");
      at = furtherByKey.get(key);
      if (at === undefined) furtherByKey.set(key, unique.length);
    }
    const known = at === undefined ? undefined : unique[at];
    if (at === undefined || known === undefined) unique.push(span);
    else if (known.startMs + known.durationMs < span.startMs + span.durationMs) unique[at] = span;
  }
  return { unique, repeated: spans.length - unique.length };
}

function isSameSpan(a: SpanFacts | undefined, b: SpanFacts): boolean {
  return a !== undefined && a.spanId === b.spanId && a.kind === b.kind && a.service === b.service;
}

function byStart(a: BuildNode, b: BuildNode): number {
  return a.startMs - b.startMs || b.endMs - a.endMs || (a.span.spanId < b.span.spanId ? -1 : 1);
}

/** Sets parents. Returns the nodes without one, and those whose named parent is not there, by its id. */
function linkParents(nodes: readonly BuildNode[]): { roots: BuildNode[]; orphans: Map<string, BuildNode[]> } {
  const byId = new Map<string, BuildNode>();
  const calledById = new Map<string, BuildNode>();
  for (const node of nodes) {
    const holder = byId.get(node.span.spanId);
    if (holder === undefined) byId.set(node.span.spanId, node);
    else if (holder.span.kind === "client" && node.span.kind === "server")
      calledById.set(node.span.spanId, node);
    else if (holder.span.kind === "server" && node.span.kind === "client") {
      byId.set(node.span.spanId, node);
      calledById.set(node.span.spanId, holder);
    }
  }
  const roots: BuildNode[] = [];
  const orphans = new Map<string, BuildNode[]>();
  for (const node of nodes) {
    const { spanId, parentSpanId } = node.span;
    const caller = byId.get(spanId);
    if (calledById.get(spanId) === node && caller !== undefined) node.parent = caller;
    else if (parentSpanId === "") roots.push(node);
    else {
      const parent = calledById.get(parentSpanId) ?? byId.get(parentSpanId);
      if (parent === undefined) {
        const others = orphans.get(parentSpanId);
        if (others === undefined) orphans.set(parentSpanId, [node]);
        else others.push(node);
      } else if (parent === node) roots.push(node);
      else node.parent = parent;
    }
  }
  return { roots, orphans };
}

/** Cuts each circle of parents at its earliest span, which becomes a root. */
function cutCycles(nodes: readonly BuildNode[], roots: BuildNode[]): void {
  nodes.forEach((start, walk) => {
    let node: BuildNode | undefined = start;
    while (node !== undefined && node.walk === -1) {
      node.walk = walk;
      node = node.parent;
    }
    if (node === undefined || node.walk !== walk) return;
    let first: BuildNode = node;
    for (let member = node.parent; member !== undefined && member !== node; member = member.parent) {
      if (byStart(member, first) < 0) first = member;
    }
    first.parent = undefined;
    roots.push(first);
  });
}

function toStandIn(spanId: string, child: SpanFacts, startMs: number, durationMs: number): SpanFacts {
  const { environment, namespace, service, instance } = child;
  return {
    ...{ spanId, parentSpanId: "", name: "(span not received)", kind: "internal", role: "work" },
    ...{ environment, namespace, service, instance, startMs, durationMs, failed: false, route: undefined },
    ...{ functionName: undefined, statement: undefined, parametersHash: undefined, callee: undefined },
    ...{ target: undefined, bodyBytes: undefined, isFile: false },
  };
}

/** Children of one lost parent stay together below a stand-in for it, so that what they did together can still be seen. */
function adoptOrphans(
  orphans: ReadonlyMap<string, BuildNode[]>,
  roots: BuildNode[],
  originMs: number,
): BuildNode[] {
  const standIns: BuildNode[] = [];
  const realRoots = [...roots].sort(byStart);
  for (const [missingId, children] of orphans) {
    const first = children[0];
    if (first === undefined) continue;
    // An entry point whose caller is not observed (a browser, a foreign gateway) is a root like any other.
    if (
      children.every(({ span }) => span.role === "request" || span.role === "message") &&
      realRoots.length === 0
    ) {
      roots.push(...children);
      continue;
    }
    let startMs = Number.POSITIVE_INFINITY;
    let endMs = Number.NEGATIVE_INFINITY;
    for (const child of children) {
      startMs = Math.min(startMs, child.startMs);
      endMs = Math.max(endMs, child.endMs);
    }
    const span = toStandIn(missingId, first.span, originMs + startMs, endMs - startMs);
    const standIn = newNode(span, originMs, true);
    for (const child of children) child.parent = standIn;
    standIn.parent = realRoots.find((root) => root.startMs <= startMs && root.endMs >= startMs);
    if (standIn.parent === undefined) roots.push(standIn);
    standIns.push(standIn);
  }
  return standIns;
}

/** Parents before children, each node's children by start; sets depth and entry. */
function toOrder(roots: readonly BuildNode[]): BuildNode[] {
  const order: BuildNode[] = [];
  const stack = [...roots].reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const { parent, span } = node;
    node.depth = parent === undefined ? 0 : parent.depth + 1;
    const isEntry =
      span.role === "request" || span.role === "message" || parent?.span.service !== span.service;
    node.entry = isEntry ? undefined : (parent?.entry ?? parent);
    order.push(node);
    if (node.children.length > 1) node.children.sort(byStart);
    for (const child of node.children.toReversed()) stack.push(child);
  }
  return order;
}

/** Duration less the union of the children's times within it. */
function selfTime(node: BuildNode): number {
  let covered = 0;
  let coveredTo = node.startMs;
  for (const child of node.children) {
    const from = Math.max(child.startMs, coveredTo);
    const to = Math.min(child.endMs, node.endMs);
    if (to > from) covered += to - from;
    coveredTo = Math.max(coveredTo, to);
  }
  return Math.max(0, node.endMs - node.startMs - covered);
}

function pickRoot(roots: readonly BuildNode[]): BuildNode | undefined {
  return roots.find((root) => !root.synthetic) ?? roots[0];
}

/**
 * Puts the spans of one trace in order. Takes what real senders send: parents that never came, spans sent twice, ids shared by client
 * and server, circles, several roots, clocks that disagree, children that run on after their parent. Iterative, O(n log n), any depth.
 */
export function toTraceTree(traceId: string, spans: readonly SpanFacts[]): TraceTree {
  const { unique, repeated } = uniqueSpans(spans);
  let originMs = Number.POSITIVE_INFINITY;
  for (const span of unique) originMs = Math.min(originMs, span.startMs);
  const nodes = unique.map((span) => newNode(span, originMs, false));
  const { roots, orphans } = linkParents(nodes);
  cutCycles(nodes, roots);
  const standIns = adoptOrphans(orphans, roots, originMs);
  for (const node of [...nodes, ...standIns]) node.parent?.children.push(node);
  roots.sort(byStart);
  correctClockSkew(toOrder(roots));
  undoClockGrain(toOrder(roots));
  const order = toOrder(roots);
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const node of order) {
    node.selfMs = selfTime(node);
    firstMs = Math.min(firstMs, node.startMs);
    lastMs = Math.max(lastMs, node.endMs);
  }
  // A correction may have moved a span in front of what was the start.
  if (order.length > 0 && firstMs !== 0) {
    for (const node of order) {
      node.startMs -= firstMs;
      node.endMs -= firstMs;
    }
  }
  return {
    traceId,
    nodes: order,
    roots,
    root: pickRoot(roots),
    startMs: order.length === 0 ? 0 : originMs + firstMs,
    durationMs: order.length === 0 ? 0 : lastMs - firstMs,
    repeatedSpans: repeated,
    missingParents: orphans.size,
  };
}
