import type { BuildNode } from "./trace-tree.ts";

/** A server may end its span a little after its client has read the answer; no clock is wrong then. */
const jitterMs = 1;

/** What has to be added to the child's times, so that it lies where it can lie: within the call that waits for it. */
function skewOf(child: BuildNode, parent: BuildNode): number {
  const childMs = child.endMs - child.startMs;
  const parentMs = parent.endMs - parent.startMs;
  const startsEarly = parent.startMs - child.startMs;
  if (child.span.kind === "consumer" || parent.span.kind === "producer")
    return startsEarly > jitterMs ? startsEarly : 0;
  if (startsEarly <= jitterMs && child.endMs - parent.endMs <= jitterMs) return 0;
  // Longer than the call: the caller gave up. Only a start before the call shows a wrong clock.
  if (childMs > parentMs) return startsEarly > jitterMs ? startsEarly : 0;
  // A shift of the whole clock; the unknown way there and back is split in halves.
  return startsEarly + (parentMs - childMs) / 2;
}

/**
 * Moves the spans of a service whose clock disagrees with its caller's, with all that follows from them in that service. Only a call
 * into another process can show a skew; within a process there is one clock.
 *
 * @param order parents before children
 * @source the approach of Jaeger's clock skew adjuster
 */
export function correctClockSkew(order: readonly BuildNode[]): void {
  for (const node of order) {
    const { parent } = node;
    if (parent === undefined) continue;
    const samePlace =
      parent.span.service === node.span.service && parent.span.instance === node.span.instance;
    let skewMs = parent.skewMs;
    if (!samePlace) {
      const isCall = node.span.role === "request" || node.span.role === "message";
      skewMs = isCall && !parent.synthetic ? skewOf(node, parent) : 0;
    }
    node.skewMs = skewMs;
    node.startMs += skewMs;
    node.endMs += skewMs;
  }
}
