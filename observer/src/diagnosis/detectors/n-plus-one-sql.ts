import {
  coveredMs,
  type Detected,
  type DetectionContext,
  type Detector,
  evidenceIds,
  medianDurationMs,
  placeOf,
  silent,
  splitAtPauses,
  sufferersOf,
} from "../detector.ts";
import { type Detection, evidenceSpansMax, type Silence } from "../finding.ts";
import { distinctParameters, findRepeats, type Repeat, statementBefore } from "../repeats.ts";
import type { DiagnosisSettings } from "../settings.ts";
import { describeEntry, describeNode, describeOccasion, formatMs, shorten } from "../texts.ts";
import { entryOf, type SpanNode, type TraceTree } from "../trace-tree.ts";

const name = "n-plus-one-sql";
/** Looked at in one trace, the longest first. A trace with more has one loop too many anyway. */
const repeatsMax = 50;

function keyOf({ span }: SpanNode): string | undefined {
  // A failed run is repeated by a retry, not by a loop over rows.
  if (span.role !== "statement" || span.statement === undefined || span.failed) return undefined;
  return `${span.functionName ?? ""}\u001f${span.statement.text}`;
}

/** Why these runs of one statement are not an N+1, or undefined if they are. */
function reasonAgainst(nodes: readonly SpanNode[], settings: DiagnosisSettings): string | undefined {
  const [first] = nodes;
  const statement = first?.span.statement;
  if (first === undefined || statement === undefined) return "it has no statement";
  if (statement.kind === "control") return "it opens or closes transactions";
  if (statement.kind === "write") return "it writes: rows may have to be written one by one, in this order";
  if (statement.kind === "lock") return "it locks rows, and their order may be deliberate";
  if (statement.kind !== "read") return "it looks no rows up";
  if (statement.paging) return "it reads the pages of one long list";
  if (nodes.length < settings.nPlusOneCountMin) {
    return `with pauses above ${settings.nPlusOneGapMsMax} ms between them, at most ${nodes.length} runs belong together; ${settings.nPlusOneCountMin} are needed`;
  }
  const distinct = distinctParameters(nodes);
  if (distinct !== undefined && distinct < settings.nPlusOneCountMin) {
    return `its parameters have only ${distinct} different ${distinct === 1 ? "value" : "values"}: it is repeated, not run once per row`;
  }
  const totalMs = coveredMs(nodes);
  if (totalMs < settings.nPlusOneTotalMsMin) {
    return `they take ${formatMs(totalMs)} together; ${settings.nPlusOneTotalMsMin} ms are needed`;
  }
  const gainMs = totalMs - medianDurationMs(nodes);
  if (gainMs < totalMs * settings.nPlusOneGainRatioMin) {
    return `they ran beside each other: one statement would save only ${formatMs(gainMs)} of ${formatMs(totalMs)}`;
  }
  return placeOf(first) === undefined
    ? "the span that called it has not arrived, so its place is not known"
    : undefined;
}

function batchHint(column: string | undefined): string {
  if (column === undefined) return "one statement that takes all keys (`= any(…)`, `in (…)` or a join)";
  return `one statement with \`${column} = any(…)\` in place of \`${column} = ?\`, or a join`;
}

function toDetection(repeat: Repeat, nodes: readonly SpanNode[], first: SpanNode, place: string): Detection {
  const entry = entryOf(first);
  const what = describeNode(first);
  const timeMs = coveredMs(nodes);
  const oneMs = medianDurationMs(nodes);
  const driver = statementBefore(repeat);
  const requestMs = entry.endMs - entry.startMs;
  const where = describeEntry(first);
  const statement = first.span.statement;
  const loop = driver === undefined ? "" : `, probably once for each row of ${describeNode(driver)}`;
  const code = first.span.functionName === undefined ? "" : ` (${statement?.summary})`;
  return {
    detector: name,
    service: first.span.service,
    route: entry.span.route,
    place,
    causeKey: statement?.text ?? "",
    title: `N+1: ${what} runs once per row in ${where}`,
    recommendation:
      `${what}${code} ran ${nodes.length} times in ${describeOccasion(first)}${loop}: ${formatMs(timeMs)} of its ${formatMs(requestMs)}. ` +
      `Only the parameters differ, so read all rows at once: ${batchHint(statement?.batchColumn)}, and share them out in memory. ` +
      `One run takes ${formatMs(oneMs)}, so about ${formatMs(timeMs - oneMs)} would be saved.`,
    statement: statement?.text,
    count: nodes.length,
    timeMs,
    expectedGainMs: Math.max(0, timeMs - oneMs),
    evidenceSpanIds: evidenceIds(nodes),
    sufferers: sufferersOf(first),
  };
}

/** Keeps one detection per place and statement: a second loop over the same statement is the same fault. */
function mergeSame(detections: readonly Detection[]): Detection[] {
  const byKey = new Map<string, Detection>();
  for (const detection of detections) {
    const key = [detection.service, detection.place, detection.causeKey].join("\u001f");
    const other = byKey.get(key);
    if (other === undefined) {
      byKey.set(key, detection);
      continue;
    }
    const main = other.timeMs >= detection.timeMs ? other : detection;
    byKey.set(key, {
      ...main,
      count: other.count + detection.count,
      timeMs: other.timeMs + detection.timeMs,
      expectedGainMs: other.expectedGainMs + detection.expectedGainMs,
      evidenceSpanIds: [...new Set([...other.evidenceSpanIds, ...detection.evidenceSpanIds])].slice(
        0,
        evidenceSpansMax,
      ),
    });
  }
  return [...byKey.values()];
}

function inRepeatingSequence(nodes: readonly SpanNode[], context: DetectionContext): boolean {
  const id = nodes[0]?.span.spanId ?? "";
  return context.found.some(
    (one) => one.detector === "repeating-sequence" && one.evidenceSpanIds.includes(id),
  );
}

/**
 * A statement that a loop runs once per row of an earlier result. Runs are counted below their logical parent, in whatever order other
 * statements lie between them, so that nested loops (A B B B A B B) give one detection for each statement that repeats.
 *
 * @source Sentry's N+1 detector (5 spans, 50 ms) and perf-sentinel (distinct parameters)
 */
export const nPlusOneSql: Detector = {
  name,
  detect(trace: TraceTree, context: DetectionContext): Detected {
    const { settings } = context;
    const repeats = findRepeats(trace, settings.nPlusOneCountMin, keyOf);
    if (repeats.length === 0) {
      const statements = trace.nodes.filter((node) => node.span.role === "statement").length;
      const needed = `${settings.nPlusOneCountMin} runs of one statement under one parent are needed`;
      return silent(
        name,
        statements === 0 ? "the trace has no SQL statements" : `${statements} SQL statements; ${needed}`,
      );
    }
    const detections: Detection[] = [];
    const silences: Silence[] = [];
    const largest = repeats.toSorted((a, b) => b.nodes.length - a.nodes.length).slice(0, repeatsMax);
    for (const repeat of largest) {
      const bursts = splitAtPauses(repeat.nodes, settings.nPlusOneGapMsMax);
      const longest = bursts.reduce((a, b) => (b.length > a.length ? b : a));
      const guilty = bursts.filter((burst) => reasonAgainst(burst, settings) === undefined).flat();
      const first = guilty[0] ?? longest[0];
      if (first === undefined) continue;
      const place = placeOf(first);
      const what = `${repeat.nodes.length} × ${shorten(describeNode(first), 80)} in ${describeEntry(first)}`;
      if (guilty.length === 0 || place === undefined) {
        silences.push({ detector: name, reason: `${what}: ${reasonAgainst(longest, settings)}` });
      } else if (inRepeatingSequence(guilty, context)) {
        silences.push({ detector: name, reason: `${what}: part of the repeating sequence` });
      } else detections.push(toDetection(repeat, guilty, first, place));
    }
    return { detections: mergeSame(detections), silences };
  },
};
