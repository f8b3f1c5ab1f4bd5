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
import { calleeKey, describeCallee, describeEntry, describeOccasion, formatMs } from "../texts.ts";
import { entryOf, type SpanNode, type TraceTree } from "../trace-tree.ts";

const name = "serial-calls";

function durationMs(node: SpanNode): number {
  return node.endMs - node.startMs;
}

/** Ids and query values in an address: what the caller had to know before it could call. */
function argumentsOf(target: string): readonly string[] {
  const [address = "", query = ""] = target.replace(/^[a-z]+:\/\/[^/?#]*/i, "").split("?", 2);
  const segments = address.split("/").filter((segment) => /\d/.test(segment) && !/^v\d+$/.test(segment));
  const values = query.split("&").map((pair) => pair.slice(pair.indexOf("=") + 1));
  return [...segments, ...values].filter((part) => part !== "" && !/^(?:true|false|asc|desc)$/.test(part));
}

/**
 * Whether everything this call needed was known when the request came in. Only then can it be said, from outside, that it did not wait
 * for the answer of a call before it.
 */
function isKnownFromTheStart(node: SpanNode, known: ReadonlySet<string>): boolean {
  return node.span.target !== undefined && argumentsOf(node.span.target).every((part) => known.has(part));
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

function callsByParent(trace: TraceTree): Map<SpanNode, SpanNode[]> {
  const byParent = new Map<SpanNode, SpanNode[]>();
  for (const node of trace.nodes) {
    const { role, callee, failed } = node.span;
    if (role !== "http-call" || failed || node.parent === undefined || !/^(?:GET|HEAD) /.test(callee ?? ""))
      continue;
    const others = byParent.get(node.parent);
    if (others === undefined) byParent.set(node.parent, [node]);
    else others.push(node);
  }
  return byParent;
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
        const known = new Set(argumentsOf(entry.span.target ?? ""));
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
