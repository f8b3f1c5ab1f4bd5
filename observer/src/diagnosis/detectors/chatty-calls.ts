import { withoutPage } from "../addresses.ts";
import {
  coveredMs,
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
import { describeCallee, describeEntry, describeOccasion, formatMs } from "../texts.ts";
import { entryOf, type SpanNode, type TraceTree } from "../trace-tree.ts";

const name = "chatty-calls";

function callsByEntry(trace: TraceTree, found: readonly Detection[]): Map<SpanNode, SpanNode[]> {
  const explainedBy = createExplainedBy(found);
  const byEntry = new Map<SpanNode, SpanNode[]>();
  for (const node of trace.nodes) {
    if (!isCall(node) || node.span.failed || isInsideCall(node) || explainedBy(node) !== undefined) continue;
    const others = byEntry.get(entryOf(node));
    if (others === undefined) byEntry.set(entryOf(node), [node]);
    else others.push(node);
  }
  return byEntry;
}

const isCall = ({ span: { role } }: SpanNode): boolean => role === "http-call" || role === "remote-call";

/** What a call does to be made, as another library sees it: it is not made twice. */
function isInsideCall({ parent, span }: SpanNode): boolean {
  return parent !== undefined && parent.span.service === span.service && isCall(parent);
}

/**
 * Calls less those that only wait: an address asked again after a pause longer than its answer took is polled, and the pages of one list
 * are read one by one because they cannot be read otherwise.
 */
function withoutWaiting(calls: readonly SpanNode[]): SpanNode[] {
  const lists = new Map<string, SpanNode>();
  return calls
    .toSorted((a, b) => a.startMs - b.startMs)
    .filter((call) => {
      const { target, callee } = call.span;
      if (target === undefined || !/^(?:GET|HEAD) /.test(callee ?? "")) return true;
      const list = withoutPage(target);
      const before = lists.get(list);
      lists.set(list, call);
      if (before === undefined) return true;
      const isNextPage = before.span.target !== target;
      return !isNextPage && call.startMs - before.endMs <= before.endMs - before.startMs;
    });
}

/** `4 × stock GET /items/:id, 3 × ...`: the callees asked most often. */
function summariseCallees(calls: readonly SpanNode[]): string {
  const counts = new Map<string, number>();
  for (const call of calls) counts.set(describeCallee(call), (counts.get(describeCallee(call)) ?? 0) + 1);
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return sorted
    .slice(0, 4)
    .map(([callee, count]) => `${count} × ${callee}`)
    .join(", ");
}

function toDetection(
  calls: readonly SpanNode[],
  entry: SpanNode,
  place: string,
  callsMax: number,
): Detection {
  const timeMs = coveredMs(calls);
  const gainMs = (timeMs * (calls.length - callsMax)) / calls.length;
  return {
    detector: name,
    service: entry.span.service,
    route: entry.span.route,
    place,
    causeKey: "outgoing calls",
    title: `Chatty: ${describeEntry(entry)} makes many outgoing calls`,
    recommendation:
      `${calls.length} calls went out in ${describeOccasion(entry)}, ${formatMs(timeMs)} in all (${summariseCallees(calls)}); ${callsMax} is the limit. ` +
      `Each costs a round trip and can fail: join calls that ask the same service, or keep what seldom changes. At the limit about ${formatMs(gainMs)} would be saved.`,
    statement: undefined,
    count: calls.length,
    timeMs,
    expectedGainMs: gainMs,
    evidenceSpanIds: evidenceIds(calls),
    sufferers: sufferersOf(entry),
  };
}

/** One request that asks other services very often, mostly in a row. What another detector has explained is not counted again. */
export const chattyCalls: Detector = {
  name,
  detect(trace: TraceTree, { settings, found }: DetectionContext): Detected {
    const { chattyCallsMax } = settings;
    const detections: Detection[] = [];
    const silences: Silence[] = [];
    let most = 0;
    for (const [entry, all] of callsByEntry(trace, found)) {
      const calls = withoutWaiting(all);
      most = Math.max(most, calls.length);
      const place = placeOf(entry);
      if (calls.length <= chattyCallsMax || place === undefined) continue;
      const sumMs = calls.reduce((sum, call) => sum + call.endMs - call.startMs, 0);
      const what = `${calls.length} calls in ${describeEntry(entry)}`;
      // Calls sent together wait once: a fan-out by design.
      if (coveredMs(calls) < sumMs * settings.nPlusOneGainRatioMin)
        silences.push({ detector: name, reason: `${what}: they ran beside each other` });
      else detections.push(toDetection(calls, entry, place, chattyCallsMax));
    }
    if (detections.length + silences.length > 0) return { detections, silences };
    return silent(
      name,
      `at most ${most} outgoing calls below one request, polling and pages left out; more than ${chattyCallsMax} are needed`,
    );
  },
};
