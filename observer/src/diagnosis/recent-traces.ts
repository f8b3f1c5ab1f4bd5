import type { FingerprintedDetection } from "./finding.ts";
import type { DiagnosedTrace } from "./trace-buffer.ts";

/** One request of a diagnosed trace: what alerts are about. */
export interface SeenRequest {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly route: string | undefined;
  readonly durationMs: number;
  readonly failed: boolean;
}

/** What is remembered of a diagnosed trace to explain alerts by. */
export interface SeenTrace {
  readonly traceId: string;
  readonly atMs: number;
  readonly requests: readonly SeenRequest[];
  readonly detections: readonly FingerprintedDetection[];
}

/** The traces of the last minutes worth showing: with detections, and for each route the slowest and the failed ones. Bounded. */
export interface RecentTraces {
  add(trace: DiagnosedTrace): void;
  /** Those seen after `sinceMs`, each once. */
  list(sinceMs: number): readonly SeenTrace[];
}

const requestsMax = 16;
const routesMax = 5_000;
const slowestMax = 5;
const failedMax = 3;
const withDetectionsMax = 2_000;

interface RouteTraces {
  readonly slowest: { readonly ms: number; readonly trace: SeenTrace }[];
  readonly failed: SeenTrace[];
}

interface Generation {
  readonly sinceMs: number;
  readonly routes: Map<string, RouteTraces>;
  readonly withDetections: SeenTrace[];
}

function toSeenTrace({ traceId, atMs, tree, explanation }: DiagnosedTrace): SeenTrace {
  const requests: SeenRequest[] = [];
  for (const { span, startMs, endMs } of tree.nodes) {
    if ((span.role !== "request" && span.role !== "message") || requests.length >= requestsMax) continue;
    const { environment, namespace, service, route, failed } = span;
    requests.push({ environment, namespace, service, route, failed, durationMs: endMs - startMs });
  }
  return { traceId, atMs, requests, detections: explanation.detections };
}

function keepSlowest(route: RouteTraces, ms: number, trace: SeenTrace): void {
  const { slowest } = route;
  if (slowest.length >= slowestMax && ms <= (slowest.at(-1)?.ms ?? 0)) return;
  slowest.push({ ms, trace });
  slowest.sort((a, b) => b.ms - a.ms);
  if (slowest.length > slowestMax) slowest.pop();
}

function remember(generation: Generation, trace: SeenTrace): void {
  if (trace.detections.length > 0) {
    generation.withDetections.push(trace);
    if (generation.withDetections.length > withDetectionsMax) generation.withDetections.shift();
  }
  for (const { service, route, durationMs, failed } of trace.requests) {
    const key = `${service}\u001f${route ?? ""}`;
    let known = generation.routes.get(key);
    if (known === undefined) {
      if (generation.routes.size >= routesMax) continue;
      known = { slowest: [], failed: [] };
      generation.routes.set(key, known);
    }
    keepSlowest(known, durationMs, trace);
    if (!failed) continue;
    known.failed.push(trace);
    if (known.failed.length > failedMax) known.failed.shift();
  }
}

/** @param options.keepMs how long a trace is remembered at least; twice as long at most */
export function createRecentTraces(options: { readonly keepMs: number }): RecentTraces {
  const start = (sinceMs: number): Generation => ({ sinceMs, routes: new Map(), withDetections: [] });
  let current = start(Number.NEGATIVE_INFINITY);
  let previous = start(Number.NEGATIVE_INFINITY);
  return {
    add(trace) {
      if (trace.atMs - current.sinceMs >= options.keepMs) {
        previous = current;
        current = start(trace.atMs);
      }
      remember(current, toSeenTrace(trace));
    },
    list(sinceMs) {
      const found = new Map<string, SeenTrace>();
      for (const { routes, withDetections } of [previous, current]) {
        for (const { slowest, failed } of routes.values()) {
          for (const { trace } of slowest) found.set(trace.traceId, trace);
          for (const trace of failed) found.set(trace.traceId, trace);
        }
        for (const trace of withDetections) found.set(trace.traceId, trace);
      }
      return [...found.values()].filter((trace) => trace.atMs >= sinceMs);
    },
  };
}
