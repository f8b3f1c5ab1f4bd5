import type { SpanNode, TraceTree } from "./trace-tree.ts";

/** A stretch of time during which the whole request waited for this span's own work. Ms since the start of the trace. */
export interface PathSegment {
  readonly node: SpanNode;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Two spans that follow each other may overlap by what the senders' clocks and a 64-bit float cannot tell apart. */
const clockGrainMs = 0.01;

interface Frame {
  readonly node: SpanNode;
  /** Children by end, latest last; taken from the back. */
  readonly waiting: SpanNode[];
  /** The part of the span its caller waited for. The path is followed backwards, from `untilMs` down to `fromMs`. */
  readonly fromMs: number;
  untilMs: number;
}

function toFrame(node: SpanNode, fromMs: number, untilMs: number): Frame {
  const waiting =
    node.children.length < 2 ? [...node.children] : node.children.toSorted((a, b) => a.endMs - b.endMs);
  return { node, waiting, fromMs, untilMs };
}

/** The child that ended last before `untilMs`: what the parent waited for then. A child that outlives its parent counts up to the parent's end. */
function takeLastFinished(frame: Frame): SpanNode | undefined {
  for (let child = frame.waiting.pop(); child !== undefined; child = frame.waiting.pop()) {
    const endMs = Math.min(child.endMs, frame.node.endMs);
    const isBefore = endMs <= frame.untilMs + clockGrainMs;
    if (isBefore && child.startMs < Math.min(endMs, frame.untilMs) && endMs > frame.fromMs) return child;
  }
  return undefined;
}

/**
 * The chain of spans that decided how long `from` took, as stretches of own time without gaps from its start to its end: shorten one
 * of them and the request gets shorter. Work that ran beside something longer, or after the end, is not on it. Iterative.
 *
 * @param from the root of the trace unless given
 * @returns by time; empty for a trace without spans
 * @source the last-finishing-child walk of CRISP (Zhang et al., USENIX ATC 2022), also used by Jaeger
 */
export function criticalPath(
  tree: TraceTree,
  from: SpanNode | undefined = tree.root,
): readonly PathSegment[] {
  if (from === undefined) return [];
  const segments: PathSegment[] = [];
  const add = (node: SpanNode, fromMs: number, toMs: number): void => {
    if (toMs > fromMs) segments.push({ node, fromMs, toMs });
  };
  const stack: Frame[] = [toFrame(from, from.startMs, from.endMs)];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const child = takeLastFinished(frame);
    if (child === undefined) {
      add(frame.node, frame.fromMs, frame.untilMs);
      stack.pop();
      continue;
    }
    const childFromMs = Math.max(child.startMs, frame.fromMs);
    const childUntilMs = Math.min(child.endMs, frame.node.endMs, frame.untilMs);
    add(frame.node, childUntilMs, frame.untilMs);
    stack.push(toFrame(child, childFromMs, childUntilMs));
    frame.untilMs = childFromMs;
  }
  return segments.reverse();
}
