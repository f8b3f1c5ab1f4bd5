import type { PathPart } from "./problem.ts";

/** What stands at a path of plain JSON; undefined where nothing does. */
export function valueAt(value: unknown, path: readonly PathPart[]): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = Object.hasOwn(current, part) ? (current as Record<PathPart, unknown>)[part] : undefined;
  }
  return current;
}
