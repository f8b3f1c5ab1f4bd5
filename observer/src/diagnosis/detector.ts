import type { Detection, DetectorName, Silence, Sufferer } from "./finding.ts";
import { evidenceSpansMax } from "./finding.ts";
import type { RoutePace } from "./route-paces.ts";
import type { DiagnosisSettings } from "./settings.ts";
import { describeEntry, formatMs } from "./texts.ts";
import { entryOf, outerStatement, type SpanNode, type TraceTree } from "./trace-tree.ts";

/** What a route's requests usually spend their time on, from those within the limit. See `createBaselines`. */
export interface RouteBaseline {
  readonly requests: number;
  readonly durationMs: number;
  /** Mean time on the critical path by `TimeGroup.key`. */
  readonly groupMs: ReadonlyMap<string, number>;
}

/** All that a detector may know besides the trace. Everything in it is a value of the past; asking changes nothing. */
export interface DetectionContext {
  readonly settings: DiagnosisSettings;
  /** The configured latency limit of a route in ms; undefined where there is none. */
  latencyLimitMs(service: string, route: string): number | undefined;
  baseline(service: string, route: string): RouteBaseline | undefined;
  /** How many requests of the route were above its limit of late; undefined when one trace alone is asked about. */
  pace(service: string, route: string): RoutePace | undefined;
  /**
   * In how many OTHER traces this key was sighted.
   *
   * @param withinSeconds the occurrence window when left out, and never more
   */
  sightings(key: string, withinSeconds?: number): number;
  /** What the detectors before this one found in the same trace: a fault has one finding, not two. */
  readonly found: readonly Detection[];
}

export interface Detected {
  readonly detections: readonly Detection[];
  readonly silences: readonly Silence[];
  /** Keys to be remembered for `DetectionContext.sightings`, each once. */
  readonly sightings?: readonly string[];
}

/** One kind of fault. Pure: the same trace and context give the same answer. Says why when it is silent. */
export interface Detector {
  readonly name: DetectorName;
  detect(trace: TraceTree, context: DetectionContext): Detected;
}

/** A detector that found nothing, with the reasons. */
export function silent(detector: DetectorName, ...reasons: readonly string[]): Detected {
  return { detections: [], silences: reasons.map((reason) => ({ detector, reason })) };
}

/** The entry points from the root down to the one this span works for. */
export function sufferersOf(node: SpanNode): Sufferer[] {
  const sufferers: Sufferer[] = [];
  for (let at: SpanNode | undefined = entryOf(node); at !== undefined; at = at.parent && entryOf(at.parent)) {
    if (!at.synthetic) sufferers.unshift({ service: at.span.service, route: at.span.route });
  }
  return sufferers;
}

/** Where in the code: the function or query name, else the route, else the name of the entry point; undefined while that has not arrived. */
export function placeOf(node: SpanNode): string | undefined {
  if (node.span.functionName !== undefined) return node.span.functionName;
  const entry = entryOf(node);
  return entry.synthetic ? undefined : describeEntry(entry);
}

/** Time covered by these spans, overlaps counted once, in ms. */
export function coveredMs(nodes: readonly SpanNode[]): number {
  let covered = 0;
  let coveredTo = Number.NEGATIVE_INFINITY;
  for (const { startMs, endMs } of nodes.toSorted((a, b) => a.startMs - b.startMs)) {
    if (endMs <= coveredTo) continue;
    covered += endMs - Math.max(startMs, coveredTo);
    coveredTo = endMs;
  }
  return covered;
}

export function medianDurationMs(nodes: readonly SpanNode[]): number {
  return median(nodes.map((node) => node.endMs - node.startMs));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Of what a queue takes to serve one run, by the shortest of them; below that they were served beside each other. */
const queueStepRatioMin = 0.5;

/**
 * How long one run takes. Runs that were sent together and queued for one connection each last as long as all before them; one of them
 * took the time since the one before it ended.
 */
export function oneRunMs(nodes: readonly SpanNode[]): number {
  const runs = nodes.toSorted((a, b) => a.endMs - b.endMs);
  let endMs = Number.NEGATIVE_INFINITY;
  const steps = runs.map((run) => {
    const stepMs = run.endMs - Math.max(run.startMs, endMs);
    endMs = run.endMs;
    return stepMs;
  });
  const stepMs = median(steps);
  const shortestMs = Math.min(...runs.map((run) => run.endMs - run.startMs));
  return stepMs >= shortestMs * queueStepRatioMin ? stepMs : medianDurationMs(nodes);
}

export function evidenceIds(nodes: readonly SpanNode[]): string[] {
  return nodes.slice(0, evidenceSpansMax).map((node) => node.span.spanId);
}

/** Cuts a loop where it paused: what comes after a pause is another loop, or polling. @param nodes by start */
export function splitAtPauses(nodes: readonly SpanNode[], gapMsMax: number): SpanNode[][] {
  const bursts: SpanNode[][] = [];
  let endMs = Number.NEGATIVE_INFINITY;
  for (const node of nodes) {
    if (node.startMs - endMs > gapMsMax) bursts.push([]);
    bursts.at(-1)?.push(node);
    endMs = Math.max(endMs, node.endMs);
  }
  return bursts;
}

/** From the first start to the last end. @param nodes at least one */
export function stretchOf(nodes: readonly SpanNode[]): { fromMs: number; toMs: number } {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const { startMs, endMs } of nodes) {
    fromMs = Math.min(fromMs, startMs);
    toMs = Math.max(toMs, endMs);
  }
  return { fromMs, toMs };
}

/**
 * Why a repeat is too small to be told, or undefined if it is not. A few fast runs are no harm; many are told however fast they are
 * today, for they grow with the rows.
 */
export function reasonTooLittle(
  totalMs: number,
  totalMsMin: number,
  runs: number,
  { manyRunsCountMin }: DiagnosisSettings,
): string | undefined {
  if (totalMs >= totalMsMin || runs >= manyRunsCountMin) return undefined;
  return `${runs} runs take ${formatMs(totalMs)} together; ${totalMsMin} ms are needed, or ${manyRunsCountMin} runs`;
}

/**
 * The detection that explains a span: the span shows it, or its service did this while the detected loop ran, for what lies between the
 * runs of an N+1 belongs to the N+1. A fault has one finding, of the most telling kind.
 *
 * @param stretch the part of the span in question; all of it unless given
 */
export function createExplainedBy(
  found: readonly Detection[],
): (node: SpanNode, stretch?: { readonly fromMs: number; readonly toMs: number }) => Detection | undefined {
  const marked = new Map<string, Detection>();
  for (const detection of found) for (const id of detection.evidenceSpanIds) marked.set(id, detection);
  const loops = found.filter((detection) => detection.loop !== undefined);
  return (node, stretch) => {
    const fromMs = stretch?.fromMs ?? node.startMs;
    const toMs = stretch?.toMs ?? node.endMs;
    const isDuring = ({ loop, service }: Detection): boolean =>
      loop !== undefined &&
      service === node.span.service &&
      fromMs >= loop.fromMs - grainMs &&
      toMs <= loop.toMs + grainMs;
    const mark = marked.get(node.span.spanId) ?? marked.get(outerStatement(node)?.span.spanId ?? "");
    return mark ?? loops.find(isDuring);
  };
}

/** What floats cannot tell apart. */
const grainMs = 0.01;
