import { criticalPath, type PathSegment } from "../critical-path.ts";
import {
  createExplainedBy,
  type Detected,
  type DetectionContext,
  type Detector,
  evidenceIds,
  placeOf,
  type RouteBaseline,
  silent,
  sufferersOf,
} from "../detector.ts";
import type { Detection } from "../finding.ts";
import { describeEntry, formatMs } from "../texts.ts";
import { type TimeGroup, timeGroups } from "../time-groups.ts";
import { entryOf, type SpanNode, type TraceTree } from "../trace-tree.ts";
import { slowSqlKey } from "./slow-sql.ts";

const name = "slowdown-source";
const poolPlace = "database connection pool";

/** A request above the limit of its route. */
export interface Breach {
  readonly node: SpanNode;
  readonly route: string;
  readonly limitMs: number;
}

/** The outermost request above its limit: what it waits for below may be above a limit too, by the same cause. */
export function outermostBreach(
  trace: TraceTree,
  context: Pick<DetectionContext, "latencyLimitMs">,
): Breach | undefined {
  let breach: Breach | undefined;
  for (const node of trace.nodes) {
    const { role, route, service } = node.span;
    if (
      role !== "request" ||
      route === undefined ||
      (breach !== undefined && node.depth >= breach.node.depth)
    )
      continue;
    const limitMs = context.latencyLimitMs(service, route);
    if (limitMs !== undefined && node.endMs - node.startMs > limitMs) breach = { node, route, limitMs };
  }
  return breach;
}

interface Move {
  readonly group: TimeGroup;
  /** Its time above what is usual for it. */
  readonly excessMs: number;
  /** Of the whole request's time above what is usual; 1 explains it all. */
  readonly ratio: number;
}

/** The group whose time grew most against the baseline; without one, the group with most time. Equal ones by key. */
function largestMove(
  groups: readonly TimeGroup[],
  durationMs: number,
  baseline: RouteBaseline | undefined,
): Move | undefined {
  const slowdownMs = durationMs - (baseline?.durationMs ?? 0);
  let largest: Move | undefined;
  for (const group of groups) {
    const excessMs = group.ms - (baseline?.groupMs.get(group.key) ?? 0);
    if (largest === undefined || excessMs > largest.excessMs)
      largest = { group, excessMs, ratio: excessMs / slowdownMs };
  }
  return largest;
}

interface Split {
  readonly unexplained: readonly PathSegment[];
  /** The detection that explains most, and how much of the path. */
  readonly detection: Detection | undefined;
  readonly explainedMs: number;
}

/**
 * The N+1 of calls that this was done for, in whatever service: fewer calls do less of it. A callee that is above its own limit is slow
 * for a reason of its own.
 */
function callLoopAround(node: SpanNode, context: DetectionContext): Detection | undefined {
  const loops = context.found.filter(({ detector }) => detector === "n-plus-one-http");
  if (loops.length === 0) return undefined;
  for (let at: SpanNode | undefined = node; at !== undefined; at = at.parent) {
    const { role, route, service, spanId } = at.span;
    if (role === "http-call") {
      const loop = loops.find(({ evidenceSpanIds }) => evidenceSpanIds.includes(spanId));
      if (loop !== undefined) return loop;
    }
    if (role !== "request" || route === undefined) continue;
    const limitMs = context.latencyLimitMs(service, route);
    if (limitMs !== undefined && at.endMs - at.startMs > limitMs) return undefined;
  }
  return undefined;
}

/** Takes out of the path what other detectors have explained. */
function splitExplained(path: readonly PathSegment[], context: DetectionContext): Split {
  const explainedBy = createExplainedBy(context.found);
  const explained = new Map<Detection, number>();
  const unexplained = path.filter((segment) => {
    const detection = explainedBy(segment.node, segment) ?? callLoopAround(segment.node, context);
    if (detection === undefined) return true;
    explained.set(detection, (explained.get(detection) ?? 0) + segment.toMs - segment.fromMs);
    return false;
  });
  const [most] = [...explained].sort(([, a], [, b]) => b - a);
  return {
    unexplained,
    detection: most?.[0],
    explainedMs: [...explained.values()].reduce((sum, ms) => sum + ms, 0),
  };
}

const advice: Record<TimeGroup["kind"], string> = {
  statement: "Look at the statement's plan, at the rows it reads and at the locks it waits for",
  connection:
    "Requests queue for connections: shorten what holds them (long transactions, N+1), only then raise the pool's size",
  call: "No span of the called side explains it: look at the network, at the callee's queue, or instrument the callee",
  own: "No child span explains it: the time goes to the code itself (CPU, garbage collection, a blocked event loop) or to work that is not instrumented",
};

function toDetection(
  breach: Breach,
  move: Move,
  place: string,
  baseline: RouteBaseline | undefined,
): Detection {
  const { group, excessMs } = move;
  const node = group.nodes[0] ?? breach.node;
  const durationMs = breach.node.endMs - breach.node.startMs;
  const usualMs = baseline?.groupMs.get(group.key) ?? 0;
  const usual = baseline === undefined ? "" : `, ${formatMs(usualMs)} being usual`;
  const spans = group.nodes.length === 1 ? "" : ` in ${group.nodes.length} spans`;
  const own = group.kind === "own" ? `own time of ${group.label}` : group.label;
  const isPool = group.kind === "connection";
  const queue = queuedAt(group);
  const isElsewhere = group.service !== breach.node.span.service;
  return {
    detector: name,
    service: group.service,
    route: isPool || queue !== undefined ? undefined : entryOf(node).span.route,
    place,
    causeKey: queue === undefined ? group.key : "queue",
    title: `Slow requests: ${
      isPool
        ? `${group.service} waits for its database connections`
        : queue === undefined
          ? `${breach.route} waits for ${own}${isElsewhere ? ` of ${group.service}` : ""}`
          : `${queue} takes calls of ${group.service} up late`
    }`,
    recommendation:
      `${describeEntry(breach.node)} took ${formatMs(durationMs)}, above its limit of ${formatMs(breach.limitMs)}. ` +
      `${formatMs(group.ms)} of it${spans} is ${own} in ${group.service}${usual}: ${Math.round(move.ratio * 100)} % of the slowdown. ${advice[group.kind]}.`,
    statement: node.span.statement?.text,
    count: group.nodes.length,
    timeMs: group.ms,
    expectedGainMs: Math.max(0, excessMs),
    evidenceSpanIds: evidenceIds(group.nodes),
    sufferers: sufferersOf(node),
  };
}

/** A route whose slow requests another detector explains: what is slow beside them queues behind them. */
function explainedKey({ node, route }: Breach): string {
  return [name, "explained", node.span.service, route].join("\u001f");
}

/** Traces in which calls must have waited before they were taken up: by then it is known if the callee's own code explains it. */
const queuedTracesMin = 10;

const queueKey = (service: string): string => [name, "queue", service].join("\u001f");
const busyKey = (service: string): string => [name, "busy", service].join("\u001f");

/** The observed service that took a call up late. Its network and its queue are one for all of its routes. */
function queuedAt({ kind, nodes }: TimeGroup): string | undefined {
  if (kind !== "call") return undefined;
  return nodes[0]?.children.find(({ span }) => span.role === "request")?.span.service;
}

function isQueueKnown(service: string, context: DetectionContext): boolean {
  return (
    context.pace(service, "") === undefined ||
    (context.sightings(queueKey(service)) >= queuedTracesMin && context.sightings(busyKey(service)) === 0)
  );
}

/** A statement above its own limit, or one that lately was: at times it is only almost as slow. */
function isForSlowSql(node: SpanNode, context: DetectionContext): boolean {
  const place = placeOf(node);
  return (
    node.endMs - node.startMs > context.settings.slowSqlMsMax ||
    (place !== undefined && context.sightings(slowSqlKey(node, place)) > 0)
  );
}

/** One slow request breaks no limit on a 95th percentile, and what was slow once may have been anything. */
function whyRare({ node, route }: Breach, context: DetectionContext): string | undefined {
  const { slowdownRequestsMin, slowdownSlowRatioMin } = context.settings;
  const pace = context.pace(node.span.service, route);
  if (pace === undefined) return undefined;
  const { requests, slow } = pace;
  if (requests >= slowdownRequestsMin && slow > requests * slowdownSlowRatioMin) return undefined;
  const needed = `more than ${Math.round(slowdownSlowRatioMin * 100)} % of at least ${slowdownRequestsMin} are needed`;
  return `${slow} of the last ${requests} requests of ${route} were above its limit; ${needed}`;
}

/**
 * Which part made a request breach its route's latency limit: the group of spans whose own time on the critical path grew most
 * against the route's usual requests. Only for requests above the limit of a route that is often above it of late, one answer per trace, and none where another detector has
 * already explained those spans.
 */
export const slowdownSource: Detector = {
  name,
  detect(trace: TraceTree, context: DetectionContext): Detected {
    const breach = outermostBreach(trace, context);
    if (breach === undefined)
      return silent(name, "no request of the trace is above the latency limit of its route");
    const { slowdownBaselineRequestsMin, slowdownRatioMin } = context.settings;
    const rare = whyRare(breach, context);
    if (rare !== undefined) return silent(name, rare);
    const known = context.baseline(breach.node.span.service, breach.route);
    const baseline = known !== undefined && known.requests >= slowdownBaselineRequestsMin ? known : undefined;
    const durationMs = breach.node.endMs - breach.node.startMs;
    const { unexplained, detection, explainedMs } = splitExplained(criticalPath(trace, breach.node), context);
    const explainedRatio = explainedMs / (durationMs - (baseline?.durationMs ?? 0));
    if (detection !== undefined && explainedRatio >= slowdownRatioMin) {
      const reason = `${Math.min(100, Math.round(explainedRatio * 100))} % of the slowdown is explained by ${detection.detector}`;
      return { ...silent(name, reason), sightings: [explainedKey(breach), busyKey(detection.service)] };
    }
    const move = largestMove(timeGroups(unexplained), durationMs, baseline);
    if (move === undefined) return silent(name, "the request above its limit has no duration of its own");
    if (move.ratio < slowdownRatioMin) {
      const share = `${Math.round(move.ratio * 100)} % of the slowdown; ${Math.round(slowdownRatioMin * 100)} % are needed`;
      return silent(name, `no single part explains it: the largest, ${move.group.label}, is ${share}`);
    }
    if (move.group.kind === "statement" && move.group.nodes.some((one) => isForSlowSql(one, context))) {
      const reason = `${move.group.label} is left to slow-sql, which waits until it was slow often enough`;
      return { ...silent(name, reason), sightings: [explainedKey(breach), busyKey(move.group.service)] };
    }
    // No longer than slow requests may have queued: what is slow a minute later may well be another fault.
    if (context.sightings(explainedKey(breach), 2 * context.settings.slowdownWindowSeconds) > 0) {
      return silent(
        name,
        `other slow requests of ${breach.route} were explained of late: this one waited with them`,
      );
    }
    const queue = queuedAt(move.group);
    if (queue !== undefined && !isQueueKnown(queue, context)) {
      const reason = `${queue} took the call up late; that is told once it was seen often, and nothing else there explains it`;
      return { ...silent(name, reason), sightings: [queueKey(queue)] };
    }
    const node = move.group.nodes[0];
    // All routes of a service wait for the same pool: that is one fault.
    const place = move.group.kind === "connection" ? poolPlace : (queue ?? (node && placeOf(node)));
    if (place === undefined) return silent(name, "the span that called the slow part has not arrived");
    const detections = [toDetection(breach, move, place, baseline)];
    return { detections, silences: [], sightings: queue === undefined ? [busyKey(move.group.service)] : [] };
  },
};
