/**
 * Which edges of a graph lie on a circle: those between two nodes of one strongly connected component, by Tarjan's algorithm in linear
 * time, with a stack of its own because a chain may be as long as the file.
 *
 * @param graph what each node leads to; what is no node of it is passed over
 */
export function findCircular(
  graph: ReadonlyMap<string, readonly unknown[]>,
): (from: string, to: string) => boolean {
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const components = new Map<string, number>();
  const open: string[] = [];
  const path: { readonly node: string; readonly next: Iterator<unknown> }[] = [];
  const lower = (node: string, number: number) =>
    lowest.set(node, Math.min(lowest.get(node) ?? number, number));

  function enter(node: string): void {
    const number = numbers.size;
    numbers.set(node, number);
    lowest.set(node, number);
    open.push(node);
    path.push({ node, next: (graph.get(node) ?? []).values() });
  }

  function leave(node: string): void {
    path.pop();
    const low = lowest.get(node) ?? 0;
    const parent = path.at(-1)?.node;
    if (parent !== undefined) lower(parent, low);
    if (low !== numbers.get(node)) return;
    for (let last = open.pop(); last !== undefined; last = open.pop()) {
      components.set(last, low);
      if (last === node) return;
    }
  }

  for (const root of graph.keys()) {
    if (!numbers.has(root)) enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { done, value } = top.next.next();
      if (done === true) leave(top.node);
      else if (typeof value !== "string" || !graph.has(value)) continue;
      else if (!numbers.has(value)) enter(value);
      else if (!components.has(value)) lower(top.node, numbers.get(value) ?? 0);
    }
  }
  return (from, to) => components.get(from) !== undefined && components.get(from) === components.get(to);
}
