import { layoutMap } from "@kontor/observer/http/service-map/layout-map";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const sizes = { columnWidth: 100, rowHeight: 50, laneHeight: 20, margin: 10 };

function edge(text: string) {
  const [from = "", to = ""] = text.split(">");
  return { from, to };
}

describe("the layout of a map", () => {
  it("callers stand left of what they call, and a long line has a lane in every layer between", () => {
    const { nodes, edges } = layoutMap(["a", "b", "c"], ["a>b", "b>c", "a>c"].map(edge), sizes);
    expect(["a", "b", "c"].map((id) => nodes.get(id)?.x)).toEqual([60, 160, 260]);
    expect(edges[2]).toHaveLength(3);
    expect(edges[2]?.[1]?.x).toBe(160);
    expect(edges[2]?.[1]?.y).not.toBe(nodes.get("b")?.y);
  });

  it("a circle has one line that runs backwards, and who calls itself stays where it is", () => {
    const { nodes, edges } = layoutMap(["a", "b"], ["a>b", "b>a", "a>a"].map(edge), sizes);
    expect(edges[1]?.[0]).toEqual(nodes.get("b"));
    expect(edges[1]?.at(-1)).toEqual(nodes.get("a"));
    expect(edges[2]?.[0]).toEqual(nodes.get("a"));
  });

  it("any map lies inside its picture, no two nodes on one another, every line from its caller to its callee", () => {
    const map = fc.array(fc.tuple(fc.nat(12), fc.nat(12)), { maxLength: 60 });
    fc.assert(
      fc.property(map, (pairs) => {
        const ids = Array.from({ length: 13 }, (_, at) => `${at}`);
        const given = pairs.map(([from, to]) => ({ from: `${from}`, to: `${to}` }));
        const { width, height, nodes, edges } = layoutMap(ids, given, sizes);
        // Red when: toForward turns no edge round
        expect(new Set([...nodes.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(ids.length);
        for (const { x, y } of [...nodes.values(), ...edges.flat()]) {
          expect(x > 0 && x < width && y > 0 && y < height).toBe(true);
        }
        for (const [at, { from, to }] of given.entries()) {
          expect(edges[at]?.[0]).toEqual(nodes.get(from));
          expect(edges[at]?.at(-1)).toEqual(nodes.get(to));
          if (from !== to) expect(nodes.get(from)?.x).not.toBe(nodes.get(to)?.x);
        }
      }),
    );
  });
});
