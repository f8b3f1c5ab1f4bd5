import type { CallGroup, CallMap, CallParty } from "../../store/call-history.ts";
import type { CallLimits, LimitsOf } from "./call-limits.ts";
import { toDurationQuantile } from "./duration-quantile.ts";
import { resolvePeers } from "./resolve-peers.ts";

export type NodeKind = "service" | "database" | "broker" | "external" | "outside";
/** `bad`: above a limit. `warn`: something failed, within the limits or too little to judge. */
export type CallState = "bad" | "warn" | "good";

export interface MapNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly name: string;
  /** Environment and namespace of a service, the system of a database or broker. */
  readonly detail: string;
  /** Alerts firing on a service and its routes. */
  readonly firing: number;
  readonly state: CallState;
}

export interface MapEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: "request" | "message";
  readonly callsPerSecond: number;
  readonly failedPerSecond: number;
  readonly errorRatio: number;
  /** Within 5 %: durations are counted in stretches. */
  readonly p95Ms: number;
  readonly state: CallState;
  /** Which limits are broken, in words. */
  readonly reasons: readonly string[];
  readonly slowestTraceId: string;
  readonly failedTraceId: string | undefined;
}

export interface ServiceMap {
  /** What is wrong first, then by traffic. */
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  readonly nodeCount: number;
  readonly edgeCount: number;
  /** The store gave only the calls that fail or are most. */
  readonly isCut: boolean;
  /** n where the numbers come from every n-th trace. */
  readonly tracesPerSample: number;
}

export interface MapQuestion {
  readonly seconds: number;
  /** Shown even if nobody calls them. */
  readonly services: readonly CallParty[];
  /** Firing alerts of a service. */
  firingOf(service: CallParty): number;
  readonly limitsOf: LimitsOf;
  /** Only this service and its neighbours. */
  readonly focus: string | undefined;
  readonly nodesMax: number;
  readonly edgesMax: number;
}

const outside: Draft = {
  id: "outside",
  kind: "outside",
  name: "not observed",
  detail: "callers",
  party: undefined,
};

interface Draft extends Pick<MapNode, "id" | "kind" | "name" | "detail"> {
  readonly party: CallParty | undefined;
}

function toServiceDraft(party: CallParty): Draft {
  const detail = [party.environment, party.namespace]
    .filter((part) => part !== "" && part !== "default")
    .join(" · ");
  return {
    id: `service:${JSON.stringify([party.environment, party.namespace, party.service])}`,
    kind: "service",
    name: party.service,
    detail,
    party,
  };
}

function toPeerDraft({ peer }: CallGroup): Draft {
  const { kind, system, name } = peer ?? { kind: "external" as const, system: "", name: "" };
  const id = `${kind}:${JSON.stringify([system, name])}`;
  return { id, kind, name: name === "" ? system || "unnamed" : name, detail: system, party: undefined };
}

function toEnds(group: CallGroup): readonly [Draft, Draft] {
  const from = group.caller === undefined ? undefined : toServiceDraft(group.caller);
  const to = group.callee === undefined ? toPeerDraft(group) : toServiceDraft(group.callee);
  if (group.kind === "consume") return [from ?? toPeerDraft(group), to];
  return [from ?? outside, to];
}

const stateRank: Readonly<Record<CallState, number>> = { bad: 0, warn: 1, good: 2 };

function toEdge(
  from: Draft,
  to: Draft,
  groups: readonly CallGroup[],
  scale: number,
  limitsOf: LimitsOf,
): MapEdge {
  const sum = (of: (group: CallGroup) => number): number =>
    groups.reduce((total, group) => total + of(group), 0);
  const calls = sum((group) => group.calls);
  const failed = sum((group) => group.failed);
  const errorRatio = failed / calls;
  const p95Ms = toDurationQuantile(
    groups.flatMap((group) => group.durations),
    0.95,
  );
  const kind = groups.some((group) => group.kind === "publish" || group.kind === "consume")
    ? "message"
    : "request";
  const limits = limitsOf({ kind, from: from.party, to: to.party, toKind: to.kind });
  const reasons = toReasons({ calls, errorRatio, p95Ms }, limits);
  const state = reasons.length > 0 ? "bad" : failed > 0 ? "warn" : "good";
  const slowest = groups.toSorted((a, b) => slowestOf(b) - slowestOf(a))[0];
  return {
    ...{ from: from.id, to: to.id, kind, errorRatio, p95Ms, state, reasons },
    callsPerSecond: calls * scale,
    failedPerSecond: failed * scale,
    slowestTraceId: slowest?.slowestTraceId ?? "",
    failedTraceId: groups.find((group) => group.failedTraceId !== undefined)?.failedTraceId,
  };
}

function slowestOf({ durations }: CallGroup): number {
  return durations.reduce((most, [stretch]) => Math.max(most, stretch), Number.NEGATIVE_INFINITY);
}

function toReasons(
  {
    calls,
    errorRatio,
    p95Ms,
  }: { readonly calls: number; readonly errorRatio: number; readonly p95Ms: number },
  { errors, p95 }: CallLimits,
): MapEdge["reasons"] {
  const reasons: string[] = [];
  if (errors !== undefined && calls >= errors.minRequests && errorRatio > errors.limit)
    reasons.push("errors");
  if (p95 !== undefined && calls >= p95.minRequests && p95Ms > p95.limit) reasons.push("p95");
  return reasons;
}

/** Services, what they call, and how those calls went: what is wrong comes first, and is the last to be cut. */
export function buildServiceMap(
  { groups, tracesPerSample, isCut }: CallMap,
  question: MapQuestion,
): ServiceMap {
  const drafts = new Map<string, Draft>(
    question.services.map(toServiceDraft).map((draft) => [draft.id, draft]),
  );
  const between = new Map<string, { from: Draft; to: Draft; groups: CallGroup[] }>();
  for (const group of resolvePeers(groups)) {
    const [from, to] = toEnds(group);
    for (const draft of [from, to]) if (!drafts.has(draft.id)) drafts.set(draft.id, draft);
    const key = JSON.stringify([from.id, to.id]);
    const known = between.get(key);
    if (known === undefined) between.set(key, { from, to, groups: [group] });
    else known.groups.push(group);
  }
  const scale = tracesPerSample / question.seconds;
  const all = [...between.values()]
    .map(({ from, to, groups: same }) => toEdge(from, to, same, scale, question.limitsOf))
    .toSorted(
      (a, b) =>
        stateRank[a.state] - stateRank[b.state] ||
        b.failedPerSecond - a.failedPerSecond ||
        b.callsPerSecond - a.callsPerSecond ||
        (a.from + a.to < b.from + b.to ? -1 : 1),
    );
  const isFocus = (id: string): boolean => {
    const draft = drafts.get(id);
    return draft?.kind === "service" && draft.name === question.focus;
  };
  const focused =
    question.focus === undefined ? all : all.filter(({ from, to }) => isFocus(from) || isFocus(to));
  const nodes = toNodes(drafts, focused, question, isFocus);
  const kept = new Set(nodes.slice(0, question.nodesMax).map(({ id }) => id));
  const edges = focused.filter(({ from, to }) => kept.has(from) && kept.has(to));
  return {
    nodes: nodes.slice(0, question.nodesMax),
    edges: edges.slice(0, question.edgesMax),
    ...{ nodeCount: nodes.length, edgeCount: focused.length, isCut, tracesPerSample },
  };
}

function toNodes(
  drafts: ReadonlyMap<string, Draft>,
  edges: readonly MapEdge[],
  { firingOf, focus }: MapQuestion,
  isFocus: (id: string) => boolean,
): readonly MapNode[] {
  const place = new Map<string, number>();
  // A call that is bad tells where it leads to first; edges come in the order of what is wrong.
  for (const [at, { from, to }] of edges.entries()) {
    for (const id of [to, from]) if (!place.has(id)) place.set(id, at);
  }
  const inward = new Map<string, CallState>();
  for (const { to, state } of edges) if (!inward.has(to)) inward.set(to, state);
  return [...drafts.values()]
    .filter(({ id }) => focus === undefined || place.has(id) || isFocus(id))
    .map(({ party, ...draft }): MapNode => {
      const firing = party === undefined ? 0 : firingOf(party);
      return { ...draft, firing, state: firing > 0 ? "bad" : (inward.get(draft.id) ?? "good") };
    })
    .toSorted(
      (a, b) =>
        Number(b.firing > 0) - Number(a.firing > 0) ||
        (place.get(a.id) ?? edges.length) - (place.get(b.id) ?? edges.length) ||
        (a.id < b.id ? -1 : 1),
    );
}
