import type { SpanRecord } from "../store/span-record.ts";
import { criticalPath } from "./critical-path.ts";
import { toSpanFacts } from "./span-facts.ts";
import { createStatementReader } from "./statement.ts";
import { type TimeGroup, timeGroups } from "./time-groups.ts";
import { type TraceTree, toTraceTree } from "./trace-tree.ts";

/** Stored spans of ONE trace in order. */
export function toTreeOfRecords(spans: readonly SpanRecord[]): TraceTree {
  const readStatement = createStatementReader();
  return toTraceTree(
    spans[0]?.traceId ?? "",
    spans.map((span) => toSpanFacts(span, readStatement)),
  );
}

/** What stands above a waterfall. */
export interface TraceSummaryLine {
  readonly service: string;
  readonly name: string;
  /** Of the root, which is what the caller waited for; the whole trace may run on. */
  readonly durationMs: number;
  readonly spanCount: number;
  readonly failedCount: number;
  /** In the order in which they first took part. */
  readonly services: readonly string[];
  readonly depth: number;
  /** Where the time of the critical path went, largest first. */
  readonly groups: readonly TimeGroup[];
}

export function summariseTrace(tree: TraceTree): TraceSummaryLine {
  const real = tree.nodes.filter((node) => !node.synthetic);
  const { root } = tree;
  return {
    service: root?.span.service ?? "",
    name: root?.span.route ?? root?.span.name ?? "",
    durationMs: root === undefined ? 0 : root.endMs - root.startMs,
    spanCount: real.length,
    failedCount: real.filter((node) => node.span.failed).length,
    services: [...new Set(real.map((node) => node.span.service))],
    depth: real.reduce((depth, node) => Math.max(depth, node.depth + 1), 0),
    groups: timeGroups(criticalPath(tree)),
  };
}
