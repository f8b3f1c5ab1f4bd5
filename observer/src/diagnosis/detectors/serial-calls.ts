import { argumentsOf, valuesOf } from "../addresses.ts";
import {
  createExplainedBy,
  type Detected,
  type DetectionContext,
  type Detector,
  evidenceIds,
  placeOf,
  silent,
  sufferersOf,
} from "../detector.ts";
import type { Detection, Silence } from "../finding.ts";
import {
  calleeKey,
  describeCallee,
  describeEntry,
  describeOccasion,
  formatMs,
  routeOfCallee,
} from "../texts.ts";
import { entryOf, type SpanNode, type TraceTree } from "../trace-tree.ts";

const name = "serial-calls";

function durationMs(node: SpanNode): number {
  return node.endMs - node.startMs;
}

/**
 * Whether everything this call needed was known when the request came in. Only then can it be said, from outside, that it did not wait
 * for the answer of a call before it.
 */
function isKnownFromTheStart(node: SpanNode, known: ReadonlySet<string>): boolean {
  const { target } = node.span;
  return target !== undefined && argumentsOf(target, routeOfCallee(node)).every((part) => known.has(part));
}

/** Reads over HTTP below one span that follow each other without overlap, each to another operation. @param calls by start */
function chainsOf(calls: readonly SpanNode[]): SpanNode[][] {
  const chains: SpanNode[][] = [];
  for (const call of calls) {
    const chain = chains.at(-1);
    const last = chain?.at(-1);
    const follows = last !== undefined && call.startMs >= last.endMs - 0.5;
    const isNew = chain?.every((other) => calleeKey(other) !== calleeKey(call)) === true;
    if (chain !== undefined && follows && isNew) chain.push(call);
    else chains.push([call]);
  }
  return chains;
}

/** Reads over HTTP by the span that makes them; a function span around one call alone is a part of that call. */
function callsByParent(trace: TraceTree): Map<SpanNode, SpanNode[]> {
  const calls = trace.nodes.filter(({ span, parent }) => {
    return span.role === "http-call" && parent !== undefined && /^(?:GET|HEAD) /.test(span.callee ?? "");
  });
  const within = new Map<SpanNode, number>();
  for (const call of calls) {
    for (const at of functionsAround(call)) within.set(at, (within.get(at) ?? 0) + 1);
  }
  const byParent = new Map<SpanNode, SpanNode[]>();
  for (const call of calls) {
    if (call.span.failed) continue;
    const wrappers = functionsAround(call);
    const outermost = wrappers.findLast((_at, i) =>
      wrappers.slice(0, i + 1).every((one) => within.get(one) === 1),
    );
    const parent = (outermost ?? call).parent;
    if (parent === undefined) continue;
    const others = byParent.get(parent);
    if (others === undefined) byParent.set(parent, [call]);
    else others.push(call);
  }
  return byParent;
}

/** Looked through around one call. */
const wrappersMax = 8;

/** The function spans around a call, innermost first, below the entry point. */
function functionsAround(call: SpanNode): SpanNode[] {
  const around: SpanNode[] = [];
  const entry = entryOf(call);
  for (let at = call.parent; at !== undefined && around.length < wrappersMax; at = at.parent) {
    if (at === entry || at.span.role !== "work" || at.span.service !== call.span.service) break;
    around.push(at);
  }
  return around;
}

function toDetection(chain: readonly SpanNode[], first: SpanNode, place: string, savedMs: number): Detection {
  const names = chain.map(describeCallee);
  return {
    detector: name,
    service: first.span.service,
    route: entryOf(first).span.route,
    place,
    causeKey: chain.map(calleeKey).sort().join(" ; "),
    title: `Serial calls: ${describeEntry(first)} waits for ${chain.length} independent calls one after another`,
    recommendation:
      `${names.join(", then ")} followed each other in ${describeOccasion(first)}, though each needs only what the request brought along. ` +
      `Start them together and wait for all (\`Promise.all\`): the slowest takes ${formatMs(Math.max(...chain.map(durationMs)))}, so about ${formatMs(savedMs)} would be saved.`,
    statement: undefined,
    count: chain.length,
    timeMs: chain.reduce((sum, node) => sum + durationMs(node), 0),
    expectedGainMs: savedMs,
    evidenceSpanIds: evidenceIds(chain),
    sufferers: sufferersOf(first),
  };
}

/** Independent reads over HTTP that could run together. Statements are left alone: on one connection they cannot. */
export const serialCalls: Detector = {
  name,
  detect(trace: TraceTree, { settings, found }: DetectionContext): Detected {
    const { serialCallsCountMin, serialCallsSavedMsMin, serialCallsSavedRatioMin } = settings;
    const explainedBy = createExplainedBy(found);
    const detections: Detection[] = [];
    const silences: Silence[] = [];
    for (const calls of callsByParent(trace).values()) {
      for (const chain of chainsOf(calls.filter((call) => explainedBy(call) === undefined))) {
        const [first] = chain;
        if (first === undefined || chain.length < serialCallsCountMin) continue;
        const entry = entryOf(first);
        const savedMs =
          chain.reduce((sum, node) => sum + durationMs(node), 0) - Math.max(...chain.map(durationMs));
        const place = first.parent?.span.functionName ?? placeOf(first);
        const known = new Set(valuesOf(entry.span.target ?? ""));
        const dependent = chain.find((node) => !isKnownFromTheStart(node, known));
        const what = `${chain.length} calls in a row in ${describeEntry(first)}`;
        const enough =
          savedMs >= serialCallsSavedMsMin && savedMs >= durationMs(entry) * serialCallsSavedRatioMin;
        if (dependent !== undefined)
          silences.push({
            detector: name,
            reason: `${what}: ${describeCallee(dependent)} may need the answer of a call before it`,
          });
        else if (!enough)
          silences.push({
            detector: name,
            reason: `${what}: together they would save only ${formatMs(savedMs)}`,
          });
        else if (place !== undefined) detections.push(toDetection(chain, first, place, savedMs));
      }
    }
    if (detections.length + silences.length > 0) return { detections, silences };
    return silent(
      name,
      `no ${serialCallsCountMin} reads over HTTP to different operations follow each other`,
    );
  },
};
