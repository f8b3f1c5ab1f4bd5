import { criticalPath } from "./critical-path.ts";
import type { RouteBaseline } from "./detector.ts";
import { timeGroups } from "./time-groups.ts";
import type { SpanNode, TraceTree } from "./trace-tree.ts";

/** What the requests of each route usually spend their time on, learned from requests within the limit. */
export interface Baselines {
  get(service: string, route: string): RouteBaseline | undefined;
  /** Learns from one request; at most one a second for each route, so that its cost does not grow with the load. */
  learn(tree: TraceTree, request: SpanNode, atMs: number): void;
}

const routesMax = 5_000;
const groupsMax = 40;
const learnEveryMs = 1_000;
/** The mean forgets: a request weighs at least this much, so that about the last hundred decide. */
const weightMin = 0.01;

interface Learned {
  requests: number;
  durationMs: number;
  readonly groupMs: Map<string, number>;
  learnedAtMs: number;
}

function learnFrom(learned: Learned, tree: TraceTree, request: SpanNode): void {
  learned.requests += 1;
  const weight = Math.max(weightMin, 1 / learned.requests);
  learned.durationMs += weight * (request.endMs - request.startMs - learned.durationMs);
  for (const [key, ms] of learned.groupMs) learned.groupMs.set(key, ms * (1 - weight));
  for (const { key, ms } of timeGroups(criticalPath(tree, request)).slice(0, groupsMax)) {
    const known = learned.groupMs.get(key);
    if (known !== undefined || learned.groupMs.size < groupsMax)
      learned.groupMs.set(key, (known ?? 0) + weight * ms);
  }
}

/** At most 5,000 routes and 40 groups of each; further ones have no baseline. Time is an argument. */
export function createBaselines(): Baselines {
  const routes = new Map<string, Learned>();
  const keyOf = (service: string, route: string): string => `${service}\u001f${route}`;
  return {
    get: (service, route) => routes.get(keyOf(service, route)),
    learn(tree, request, atMs) {
      const { service, route } = request.span;
      if (route === undefined) return;
      const key = keyOf(service, route);
      let learned = routes.get(key);
      if (learned === undefined) {
        if (routes.size >= routesMax) return;
        learned = { requests: 0, durationMs: 0, groupMs: new Map(), learnedAtMs: Number.NEGATIVE_INFINITY };
        routes.set(key, learned);
      }
      if (atMs - learned.learnedAtMs < learnEveryMs) return;
      learned.learnedAtMs = atMs;
      learnFrom(learned, tree, request);
    },
  };
}
