import type { BuildNode } from "./trace-tree.ts";

/**
 * OpenTelemetry for JavaScript takes the start of a span from a clock of whole milliseconds and its duration from a fine one. A span may
 * therefore begin up to this much later than it says.
 */
const grainMs = 1;
/** What a float of ms since the epoch cannot tell apart. */
const floatMs = 0.001;

function isWhole(ms: number): boolean {
  return Math.abs(ms - Math.round(ms)) < floatMs;
}

/** How much later a span began than it says, if it followed the sibling that ended at `endMs`; 0 where that cannot be. */
function lateBy(node: BuildNode, startMs: number, endMs: number): number {
  const overlapMs = endMs - startMs;
  return overlapMs > 0 && overlapMs < grainMs && isWhole(node.span.startMs) ? overlapMs : 0;
}

/**
 * Puts spans of one process behind each other again that followed each other, but seem to overlap because their starts were cut to whole
 * milliseconds. Nothing is moved by a millisecond or more, so what really ran side by side stays so, unless it was shorter than that.
 *
 * @param order parents before children, siblings by start
 */
export function undoClockGrain(order: readonly BuildNode[]): void {
  const shifts = new Map<BuildNode, number>();
  const ends = new Map<BuildNode, number>();
  for (const node of order) {
    const { parent } = node;
    if (parent === undefined) continue;
    const inheritedMs = shifts.get(parent) ?? 0;
    const startMs = node.startMs + inheritedMs;
    const samePlace =
      parent.span.service === node.span.service && parent.span.instance === node.span.instance;
    const shiftMs = inheritedMs + (samePlace ? lateBy(node, startMs, ends.get(parent) ?? startMs) : 0);
    if (shiftMs > 0) {
      shifts.set(node, shiftMs);
      node.startMs += shiftMs;
      node.endMs += shiftMs;
    }
    if (samePlace) ends.set(parent, Math.max(ends.get(parent) ?? node.endMs, node.endMs));
  }
}
