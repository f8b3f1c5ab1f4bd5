import { entryOf, type SpanNode, type TraceTree } from "./trace-tree.ts";

/** Spans that do the same under one logical parent, by start. */
export interface Repeat {
  readonly parent: SpanNode;
  readonly nodes: readonly SpanNode[];
}

/** A name without what numbers it: `resolve orders.0.lines` and `resolve orders.1.lines` are one loop body. */
function shapeOf(name: string): string {
  return name.replace(/\d+/g, "#");
}

/** Answers whether a span is one of many alike below its parent, as the body of a loop is. Counts each parent's children once. */
function createLoopBodies(countMin: number): (node: SpanNode) => boolean {
  const counts = new Map<SpanNode, Map<string, number>>();
  return (node) => {
    const { parent } = node;
    if (parent === undefined || parent.children.length < countMin) return false;
    let shapes = counts.get(parent);
    if (shapes === undefined) {
      shapes = new Map();
      for (const { span } of parent.children) {
        if (span.role === "work") shapes.set(shapeOf(span.name), (shapes.get(shapeOf(span.name)) ?? 0) + 1);
      }
      counts.set(parent, shapes);
    }
    return (shapes.get(shapeOf(node.span.name)) ?? 0) >= countMin;
  };
}

/**
 * Answers which span's code issued another one: the nearest ancestor that is no pool or connect span, and none of the spans inside the
 * turns of a loop (a function span with `countMin` siblings of its name, as object mappers and resolvers make one around each
 * statement, and whatever lies in it). Within one service. Remembers what it found.
 */
export function createLogicalParents(countMin: number): (node: SpanNode) => SpanNode | undefined {
  const isLoopBody = createLoopBodies(countMin);
  const known = new Map<SpanNode, { readonly nearest: SpanNode; readonly outside: SpanNode | undefined }>();

  function look(from: SpanNode) {
    const way: SpanNode[] = [];
    let at = from;
    let above = passable(at);
    while (above !== undefined && !known.has(at)) {
      way.push(at);
      at = above;
      above = passable(at);
    }
    let found = known.get(at) ?? { nearest: at, outside: undefined };
    known.set(at, found);
    for (const inner of way.reverse()) {
      const isConnection = inner.span.role === "connection";
      const leaves = !isConnection && found.outside === undefined && isLoopBody(inner);
      found = {
        nearest: isConnection ? found.nearest : inner,
        outside: leaves ? found.nearest : found.outside,
      };
      known.set(inner, found);
    }
    return found;
  }

  return ({ parent, span }) => {
    if (parent === undefined) return undefined;
    if (parent.span.service !== span.service) return parent;
    const { nearest, outside } = look(parent);
    return outside ?? nearest;
  };
}

/** The span above, where this one may be looked through: a connection or a function, but not the outermost of its service. */
function passable({ span, parent }: SpanNode): SpanNode | undefined {
  if (span.role !== "connection" && span.role !== "work") return undefined;
  return parent?.span.service === span.service ? parent : undefined;
}

/**
 * Groups spans by logical parent and key. A root without a parent stands alone and repeats nothing.
 *
 * @param keyOf what makes two spans the same; undefined leaves the span out
 * @returns groups of at least `countMin` spans, in the order of their first span
 */
export function findRepeats(
  trace: TraceTree,
  countMin: number,
  keyOf: (node: SpanNode) => string | undefined,
): readonly Repeat[] {
  const candidates: { node: SpanNode; key: string }[] = [];
  const totals = new Map<string, number>();
  for (const node of trace.nodes) {
    const key = keyOf(node);
    if (key === undefined) continue;
    candidates.push({ node, key });
    totals.set(key, (totals.get(key) ?? 0) + 1);
  }
  const logicalParent = createLogicalParents(countMin);
  const groups = new Map<SpanNode, Map<string, SpanNode[]>>();
  for (const { node, key } of candidates) {
    if ((totals.get(key) ?? 0) < countMin) continue;
    const parent = logicalParent(node);
    if (parent === undefined) continue;
    const byKey = groups.get(parent) ?? new Map<string, SpanNode[]>();
    groups.set(parent, byKey);
    const nodes = byKey.get(key);
    if (nodes === undefined) byKey.set(key, [node]);
    else nodes.push(node);
  }
  const repeats: Repeat[] = [];
  for (const [parent, byKey] of groups) {
    for (const nodes of byKey.values()) {
      if (nodes.length >= countMin)
        repeats.push({ parent, nodes: nodes.sort((a, b) => a.startMs - b.startMs) });
    }
  }
  return repeats;
}

/** Different parameters among these runs; undefined where a sender gives no hash for some of them. One where there are none to give. */
export function distinctParameters(nodes: readonly SpanNode[]): number | undefined {
  if (nodes.every(({ span }) => span.statement?.parameterCount === 0)) return 1;
  const hashes = new Set<string>();
  for (const { span } of nodes) {
    if (span.parametersHash === undefined) return undefined;
    hashes.add(span.parametersHash);
  }
  return hashes.size;
}

/** The last other statement below the same entry point that ended before this one began: its rows usually drive the loop. */
export function statementBefore(repeat: Repeat): SpanNode | undefined {
  const first = repeat.nodes[0];
  if (first === undefined) return undefined;
  let before: SpanNode | undefined;
  for (const node of statementsBelow(entryOf(first))) {
    if (node.endMs > first.startMs) continue;
    if (node.span.statement?.kind !== "read" && node.span.statement?.kind !== "lock") continue;
    if (before === undefined || node.endMs > before.endMs) before = node;
  }
  return before;
}

function statementsBelow(entry: SpanNode): SpanNode[] {
  const found: SpanNode[] = [];
  const stack: SpanNode[] = [...entry.children];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.span.service !== entry.span.service) continue;
    if (node.span.role === "statement") found.push(node);
    for (const child of node.children) stack.push(child);
  }
  return found;
}
