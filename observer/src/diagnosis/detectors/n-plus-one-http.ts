import { withoutPage } from "../addresses.ts";
import {
  coveredMs,
  type Detected,
  type DetectionContext,
  type Detector,
  evidenceIds,
  medianDurationMs,
  placeOf,
  reasonTooLittle,
  silent,
  splitAtPauses,
  stretchOf,
  sufferersOf,
} from "../detector.ts";
import type { Detection, Silence } from "../finding.ts";
import { findRepeats } from "../repeats.ts";
import type { DiagnosisSettings } from "../settings.ts";
import { calleeKey, describeCallee, describeEntry, describeOccasion, formatMs, shorten } from "../texts.ts";
import { entryOf, type SpanNode, type TraceTree } from "../trace-tree.ts";

const name = "n-plus-one-http";
/** Looked at in one trace. */
const repeatsMax = 50;

/** Reads only: what a call changes may have to be changed one by one. A failed call is repeated by a retry. */
function keyOf(node: SpanNode): string | undefined {
  const { role, callee, failed } = node.span;
  if (role !== "http-call" || failed || !/^(?:GET|HEAD) /.test(callee ?? "")) return undefined;
  // A host alone is no operation: without a path nobody knows whether it was the same one.
  const key = calleeKey(node);
  return key.includes("/") ? key : undefined;
}

/** None waited for the answer of another, however long it took a busy caller to send them all. */
function areUnderWayTogether(nodes: readonly SpanNode[]): boolean {
  return Math.max(...nodes.map(({ startMs }) => startMs)) < Math.min(...nodes.map(({ endMs }) => endMs));
}

function reasonAgainst(nodes: readonly SpanNode[], settings: DiagnosisSettings): string | undefined {
  if (nodes.length < settings.nPlusOneHttpCountMin)
    return `pauses lie between them; ${settings.nPlusOneHttpCountMin} in a row are needed`;
  const targets = new Set(nodes.map((node) => node.span.target));
  if (!targets.has(undefined) && targets.size < settings.nPlusOneHttpCountMin) {
    return `they go to only ${targets.size} different ${targets.size === 1 ? "address" : "addresses"}: repeated, not once per item`;
  }
  const lists = new Set([...targets].map((target) => target && withoutPage(target)));
  if (!lists.has(undefined) && lists.size === 1) return "they read the pages of one list";
  const totalMs = coveredMs(nodes);
  const little = reasonTooLittle(totalMs, settings.nPlusOneHttpTotalMsMin, nodes.length, settings);
  if (little !== undefined) return little;
  if (
    areUnderWayTogether(nodes) ||
    totalMs - medianDurationMs(nodes) < totalMs * settings.nPlusOneGainRatioMin
  )
    return "they ran beside each other";
  return nodes[0] !== undefined && placeOf(nodes[0]) === undefined
    ? "the span that called them has not arrived"
    : undefined;
}

function toDetection(nodes: readonly SpanNode[], first: SpanNode, place: string): Detection {
  const timeMs = coveredMs(nodes);
  const oneMs = medianDurationMs(nodes);
  const callee = describeCallee(first);
  return {
    detector: name,
    service: first.span.service,
    route: entryOf(first).span.route,
    place,
    causeKey: calleeKey(first),
    title: `N+1 calls: ${describeEntry(first)} calls ${calleeKey(first)} once per item`,
    recommendation:
      `${callee} was called ${nodes.length} times in ${describeOccasion(first)}, one call after another: ${formatMs(timeMs)}. ` +
      `Ask once for all items (an operation that takes a list), or at least send the calls together. ` +
      `One call takes ${formatMs(oneMs)}, so about ${formatMs(timeMs - oneMs)} would be saved.`,
    statement: undefined,
    count: nodes.length,
    timeMs,
    expectedGainMs: Math.max(0, timeMs - oneMs),
    evidenceSpanIds: evidenceIds(nodes),
    loop: stretchOf(nodes),
    sufferers: sufferersOf(first),
  };
}

/** One HTTP operation called once per item, each time for another one, in a row. */
export const nPlusOneHttp: Detector = {
  name,
  detect(trace: TraceTree, { settings }: DetectionContext): Detected {
    const repeats = findRepeats(trace, settings.nPlusOneHttpCountMin, keyOf);
    if (repeats.length === 0) {
      return silent(
        name,
        `no read over HTTP was repeated ${settings.nPlusOneHttpCountMin} times under one parent`,
      );
    }
    const detections = new Map<string, Detection>();
    const silences: Silence[] = [];
    for (const { nodes } of repeats.slice(0, repeatsMax)) {
      const bursts = splitAtPauses(nodes, settings.nPlusOneGapMsMax);
      const longest = bursts.reduce((a, b) => (b.length > a.length ? b : a));
      const guilty = bursts.filter((burst) => reasonAgainst(burst, settings) === undefined).flat();
      const [first] = guilty.length === 0 ? longest : guilty;
      const place = first === undefined ? undefined : placeOf(first);
      if (first === undefined) continue;
      if (guilty.length === 0 || place === undefined) {
        const what = `${nodes.length} × ${shorten(describeCallee(first), 80)} in ${describeEntry(first)}`;
        silences.push({ detector: name, reason: `${what}: ${reasonAgainst(longest, settings)}` });
        continue;
      }
      const detection = toDetection(guilty, first, place);
      const key = [detection.service, place, detection.causeKey].join("\u001f");
      const other = detections.get(key);
      if (other === undefined || other.timeMs < detection.timeMs) detections.set(key, detection);
    }
    return { detections: [...detections.values()], silences };
  },
};
