import type { PathSegment } from "./critical-path.ts";
import { calleeKey, describeNode } from "./texts.ts";
import { entryOf, type SpanNode } from "./trace-tree.ts";

/** Parts of requests that are the same work: one statement, one callee, one route's own time. */
export interface TimeGroup {
  /** Stable over traces: service, kind of work and what it is, without ids. */
  readonly key: string;
  readonly service: string;
  /** For people: `order_lines.list_by_order (187 spans)` without the count. */
  readonly label: string;
  readonly kind: "statement" | "connection" | "call" | "own";
  /** Time on the critical path spent in these spans themselves, in ms. */
  readonly ms: number;
  /** Its spans on the path, by time. */
  readonly nodes: readonly SpanNode[];
}

const separator = "\u001f";

function kindOf(node: SpanNode): TimeGroup["kind"] {
  const { role } = node.span;
  if (role === "statement" || role === "connection") return role;
  return role === "work" || role === "request" || role === "message" ? "own" : "call";
}

function keyOf(node: SpanNode, kind: TimeGroup["kind"]): string {
  const { span } = node;
  if (kind === "statement") return [span.functionName ?? "", span.statement?.text ?? ""].join(separator);
  if (kind === "connection") return "";
  if (kind === "call") return calleeKey(node);
  // Spans of functions inside one entry point are told apart by name: which function is slow is what one wants to know.
  return [
    entryOf(node).span.route ?? "",
    span.route ?? span.functionName ?? span.name.replace(/\d+/g, "#"),
  ].join(separator);
}

/** Sums a critical path by group, largest first; equal times by key, so that the order never depends on chance. */
export function timeGroups(path: readonly PathSegment[]): readonly TimeGroup[] {
  const groups = new Map<
    string,
    { node: SpanNode; kind: TimeGroup["kind"]; ms: number; nodes: Set<SpanNode> }
  >();
  for (const { node, fromMs, toMs } of path) {
    const kind = kindOf(node);
    const key = [node.span.service, kind, keyOf(node, kind)].join(separator);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { node, kind, ms: toMs - fromMs, nodes: new Set([node]) });
    } else {
      group.ms += toMs - fromMs;
      group.nodes.add(node);
    }
  }
  return [...groups]
    .map(([key, { node, kind, ms, nodes }]) => {
      return { key, kind, ms, nodes: [...nodes], service: node.span.service, label: describeNode(node) };
    })
    .sort((a, b) => b.ms - a.ms || (a.key < b.key ? -1 : 1));
}
