import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findCircular } from "../../src/config/find-circular.ts";

/** By walking on from each node, which is plain and quadratic. */
function reaches(graph: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const waiting = [from];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node === to) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    waiting.push(...(graph.get(node) ?? []));
  }
  return false;
}

describe("findCircular", () => {
  // Red when: `lower` in `leave` is left out.
  it("finds exactly the edges from whose end there is a way back", () => {
    const node = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
    const edges = fc.array(fc.tuple(node, node), { maxLength: 14 });
    fc.assert(
      fc.property(edges, (list) => {
        const graph = new Map([..."abcdef"].map((from) => [from, [] as string[]]));
        for (const [from, to] of list) graph.get(from)?.push(to);
        const isCircular = findCircular(graph);
        for (const [from, to] of list) {
          if (!graph.has(from) || !graph.has(to)) continue;
          expect(isCircular(from, to)).toBe(reaches(graph, to, from));
        }
      }),
    );
  });

  it("walks a chain of any length without a stack overflow", () => {
    const chain = new Map(Array.from({ length: 50_000 }, (_, index) => [`${index}`, [`${index + 1}`]]));
    expect(findCircular(chain)("0", "1")).toBe(false);
  });
});
