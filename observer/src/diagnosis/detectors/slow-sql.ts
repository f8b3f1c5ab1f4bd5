import {
  type Detected,
  type DetectionContext,
  type Detector,
  evidenceIds,
  placeOf,
  silent,
  sufferersOf,
} from "../detector.ts";
import type { Detection, Silence } from "../finding.ts";
import { describeEntry, describeNode, formatMs } from "../texts.ts";
import { entryOf, outerStatement, type SpanNode, type TraceTree } from "../trace-tree.ts";

const name = "slow-sql";

/** The same statement of the same place; what the occurrence window counts. */
export function slowSqlKey(node: SpanNode, place: string): string {
  return [name, node.span.service, place, node.span.statement?.text ?? ""].join("\u001f");
}

function durationMs(node: SpanNode): number {
  return node.endMs - node.startMs;
}

/** A commit is as slow as what it commits. A statement that a timeout ended was slow all the same. One run counts once. */
function isCandidate(node: SpanNode): boolean {
  const { role, statement } = node.span;
  return role === "statement" && statement?.kind !== "control" && outerStatement(node) === undefined;
}

function advice(kind: string | undefined): string {
  if (kind === "write" || kind === "lock") {
    return "Look first for what it waits for: a lock held by another transaction, a trigger, a foreign key without an index; then at its plan";
  }
  return "Look at its plan (`explain (analyze, buffers)`): most often an index for its conditions and order is missing, or it reads more rows than it needs";
}

function toDetection(
  nodes: readonly SpanNode[],
  worst: SpanNode,
  place: string,
  traces: number,
  limitMs: number,
): Detection {
  const what = describeNode(worst);
  const where = describeEntry(worst);
  const timeMs = nodes.reduce((sum, node) => sum + durationMs(node), 0);
  const times = nodes.length === 1 ? "" : ` (${nodes.length} slow runs in this trace)`;
  return {
    detector: name,
    service: worst.span.service,
    route: entryOf(worst).span.route,
    place,
    causeKey: worst.span.statement?.text ?? "",
    title: `Slow SQL: ${what} in ${where}`,
    recommendation:
      `${what} took ${formatMs(durationMs(worst))}${times} in ${where}; ${limitMs} ms is the limit, and it was above it in ${traces} traces of late. ` +
      `${advice(worst.span.statement?.kind)}. At the limit about ${formatMs(Math.max(0, timeMs - limitMs * nodes.length))} would be saved.`,
    statement: worst.span.statement?.text,
    count: nodes.length,
    timeMs,
    expectedGainMs: Math.max(0, timeMs - limitMs * nodes.length),
    evidenceSpanIds: evidenceIds(nodes),
    sufferers: sufferersOf(worst),
  };
}

/**
 * A statement above `slowSqlMsMax`. One slow run proves nothing (a cold cache, a passing lock), so it must have been slow in several
 * traces: those before are asked for through `DetectionContext.sightings`.
 */
export const slowSql: Detector = {
  name,
  detect(trace: TraceTree, context: DetectionContext): Detected {
    const { slowSqlMsMax, slowSqlOccurrencesMin } = context.settings;
    const groups = new Map<string, { place: string; nodes: SpanNode[] }>();
    const explained = new Set(context.found.flatMap(({ evidenceSpanIds }) => evidenceSpanIds));
    let slowest: SpanNode | undefined;
    for (const node of trace.nodes) {
      if (!isCandidate(node) || explained.has(node.span.spanId)) continue;
      if (slowest === undefined || durationMs(node) > durationMs(slowest)) slowest = node;
      const place = durationMs(node) > slowSqlMsMax ? placeOf(node) : undefined;
      if (place === undefined) continue;
      const key = slowSqlKey(node, place);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { place, nodes: [node] });
      else group.nodes.push(node);
    }
    if (slowest === undefined)
      return silent(name, "the trace has no SQL statements that no other detector has found");
    if (groups.size === 0) {
      const reason = `the slowest statement, ${describeNode(slowest)}, took ${formatMs(durationMs(slowest))}; the limit is ${slowSqlMsMax} ms`;
      return silent(name, reason);
    }
    const detections: Detection[] = [];
    const silences: Silence[] = [];
    for (const [key, { place, nodes }] of groups) {
      const worst = nodes.reduce((a, b) => (durationMs(b) > durationMs(a) ? b : a));
      const traces = context.sightings(key) + 1;
      if (traces < slowSqlOccurrencesMin) {
        const seen = `${describeNode(worst)} took ${formatMs(durationMs(worst))}, but was slow in ${traces} of the last traces only`;
        silences.push({ detector: name, reason: `${seen}; ${slowSqlOccurrencesMin} are needed` });
      } else detections.push(toDetection(nodes, worst, place, traces, slowSqlMsMax));
    }
    return { detections, silences, sightings: [...groups.keys()] };
  },
};
