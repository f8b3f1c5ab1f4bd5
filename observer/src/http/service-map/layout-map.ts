export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  /** The middle of each node. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** In the order of the edges: from the middle of one node over what lies between to the middle of the other. */
  readonly edges: readonly (readonly Point[])[];
}

export interface LayoutSizes {
  readonly columnWidth: number;
  readonly rowHeight: number;
  /** Of a line that passes a column. */
  readonly laneHeight: number;
  readonly margin: number;
}

interface Slot {
  readonly key: string;
  readonly isNode: boolean;
}

const sweeps = 6;

/**
 * A picture in layers, callers left of what they call: edges that close a circle run backwards, long edges get a lane of their own in
 * every layer they pass, and layers are ordered by where their neighbours are. The same input gives the same picture.
 *
 * @source Sugiyama, Tagawa, Toda 1981: cycle removal, longest path layering, barycentre ordering
 */
export function layoutMap(
  ids: readonly string[],
  edges: readonly LayoutEdge[],
  sizes: LayoutSizes,
): MapLayout {
  const forward = toForward(ids, edges);
  const layerOf = toLayers(ids, forward);
  const lanes = forward.map(({ from, to }, at) =>
    Array.from(
      { length: Math.max(0, (layerOf.get(to) ?? 0) - (layerOf.get(from) ?? 0) - 1) },
      (_, step) => `${at}/${step}`,
    ),
  );
  const layers: Slot[][] = [];
  const put = (layer: number, slot: Slot): void => {
    layers[layer] ??= [];
    layers[layer].push(slot);
  };
  for (const id of ids) put(layerOf.get(id) ?? 0, { key: `n${id}`, isNode: true });
  for (const [at, { from }] of forward.entries())
    for (const [step, key] of (lanes[at] ?? []).entries())
      put((layerOf.get(from) ?? 0) + step + 1, { key, isNode: false });
  const chains = forward.map(({ from, to }, at) => [`n${from}`, ...(lanes[at] ?? []), `n${to}`]);
  orderLayers(layers, chains);
  const { places, height } = toPlaces(layers, sizes);
  const place = (key: string): Point => places.get(key) ?? { x: 0, y: 0 };
  return {
    width: sizes.margin * 2 + Math.max(1, layers.length) * sizes.columnWidth,
    height,
    nodes: new Map(ids.map((id) => [id, place(`n${id}`)])),
    edges: chains.map((chain, at) => {
      const points = chain.map(place);
      return forward[at]?.from === edges[at]?.from ? points : points.toReversed();
    }),
  };
}

/** Edges with those turned round that would close a circle; an edge from a node to itself stays. */
function toForward(ids: readonly string[], edges: readonly LayoutEdge[]): LayoutEdge[] {
  const outgoing = new Map<string, LayoutEdge[]>(ids.map((id) => [id, []]));
  for (const edge of edges) outgoing.get(edge.from)?.push(edge);
  const called = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to));
  const state = new Map<string, "open" | "done">();
  const turned = new Set<LayoutEdge>();
  // By hand and not by recursion: a chain of calls may be as long as there are services.
  for (const root of [...ids.filter((id) => !called.has(id)), ...ids]) {
    if (state.has(root)) continue;
    const path = [{ id: root, next: 0 }];
    state.set(root, "open");
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = outgoing.get(top.id)?.[top.next++];
      if (edge === undefined) {
        state.set(top.id, "done");
        path.pop();
      } else if (edge.from === edge.to) continue;
      else if (state.get(edge.to) === "open") turned.add(edge);
      else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        path.push({ id: edge.to, next: 0 });
      }
    }
  }
  return edges.map((edge) => (turned.has(edge) ? { from: edge.to, to: edge.from } : edge));
}

/** The longest way from a node that nobody calls. */
function toLayers(ids: readonly string[], edges: readonly LayoutEdge[]): Map<string, number> {
  const layers = new Map(ids.map((id) => [id, 0]));
  const waiting = new Map(ids.map((id) => [id, 0]));
  const outgoing = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to } of edges) {
    if (from === to) continue;
    outgoing.get(from)?.push(to);
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
  }
  const ready = ids.filter((id) => waiting.get(id) === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const to of outgoing.get(id) ?? []) {
      layers.set(to, Math.max(layers.get(to) ?? 0, (layers.get(id) ?? 0) + 1));
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return layers;
}

function orderLayers(layers: Slot[][], chains: readonly (readonly string[])[]): void {
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  const add = (to: Map<string, string[]>, key: string, other: string): void => {
    const known = to.get(key);
    if (known === undefined) to.set(key, [other]);
    else known.push(other);
  };
  for (const chain of chains) {
    for (const [at, key] of chain.entries()) {
      const next = chain[at + 1];
      if (next === undefined || next === key) continue;
      add(after, key, next);
      add(before, next, key);
    }
  }
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const isDown = sweep % 2 === 0;
    const walk = isDown ? layers.slice(1) : layers.slice(0, -1).reverse();
    for (const layer of walk) {
      const fixed = layers[layers.indexOf(layer) + (isDown ? -1 : 1)] ?? [];
      sortByNeighbours(layer, fixed, isDown ? before : after);
    }
  }
}

function sortByNeighbours(
  layer: Slot[],
  fixed: readonly Slot[],
  neighbours: ReadonlyMap<string, readonly string[]>,
): void {
  const share = new Map(fixed.map(({ key }, at) => [key, (at + 0.5) / fixed.length]));
  const weight = new Map(
    layer.map(({ key }, at) => {
      const near = (neighbours.get(key) ?? []).flatMap((one) => share.get(one) ?? []);
      const own = (at + 0.5) / layer.length;
      return [key, near.length === 0 ? own : near.reduce((sum, one) => sum + one, 0) / near.length];
    }),
  );
  layer.sort((a, b) => (weight.get(a.key) ?? 0) - (weight.get(b.key) ?? 0));
}

function toPlaces(
  layers: readonly (readonly Slot[])[],
  { columnWidth, rowHeight, laneHeight, margin }: LayoutSizes,
): { readonly places: ReadonlyMap<string, Point>; readonly height: number } {
  const heightOf = ({ isNode }: Slot): number => (isNode ? rowHeight : laneHeight);
  const heights = layers.map((layer) => layer.reduce((sum, slot) => sum + heightOf(slot), 0));
  const height = Math.max(rowHeight, ...heights) + margin * 2;
  const places = new Map<string, Point>();
  for (const [column, layer] of layers.entries()) {
    let top = (height - (heights[column] ?? 0)) / 2;
    for (const slot of layer) {
      const tall = heightOf(slot);
      places.set(slot.key, { x: margin + (column + 0.5) * columnWidth, y: top + tall / 2 });
      top += tall;
    }
  }
  return { places, height };
}
