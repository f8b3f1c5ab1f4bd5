import {
  coveredMs,
  createExplainedBy,
  type Detected,
  type DetectionContext,
  type Detector,
  evidenceIds,
  oneRunMs,
  placeOf,
  reasonTooLittle,
  silent,
  splitAtPauses,
  stretchOf,
  sufferersOf,
} from "../detector.ts";
import { type Detection, evidenceSpansMax, type Silence } from "../finding.ts";
import { distinctParameters, findRepeats, statementBefore } from "../repeats.ts";
import type { DiagnosisSettings } from "../settings.ts";
import { describeEntry, describeNode, describeOccasion, formatMs, shorten } from "../texts.ts";
import { entryOf, type SpanNode, type TraceTree } from "../trace-tree.ts";

const name = "n-plus-one-sql";
/** Looked at in one trace, the longest first. A trace with more has one loop too many anyway. */
const repeatsMax = 50;
const namedMax = 3;

/** Runs of one statement under one parent, without the pauses of polling. By start; at least one. */
interface Runs {
  readonly parent: SpanNode;
  readonly first: SpanNode;
  readonly nodes: readonly SpanNode[];
}

function keyOf({ span }: SpanNode): string | undefined {
  // A failed run is repeated by a retry, not by a loop over rows.
  if (span.role !== "statement" || span.statement === undefined || span.failed) return undefined;
  return `${span.functionName ?? ""}\u001f${span.statement.text}`;
}

/** Why these runs of one statement are not those of a loop over rows, or undefined if they are. */
function reasonAgainstRuns({ nodes, first }: Runs, settings: DiagnosisSettings): string | undefined {
  const { statement } = first.span;
  if (statement === undefined || statement.kind === "control") return "it opens or closes transactions";
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
  return placeOf(first) === undefined
    ? "the span that called it has not arrived, so its place is not known"
    : undefined;
}

/** Why a nest of loops is not worth a finding, or undefined if it is. */
function reasonAgainstNest(nest: readonly Runs[], settings: DiagnosisSettings): string | undefined {
  const totalMs = coveredMs(nest.flatMap(({ nodes }) => nodes));
  const runs = Math.max(...nest.map(({ nodes }) => nodes.length));
  const little = reasonTooLittle(totalMs, settings.nPlusOneTotalMsMin, runs, settings);
  if (little !== undefined) return little;
  const gainMs = totalMs - batchedMs(nest);
  const isTogether =
    runs < settings.manyRunsCountMin && serialMs(nest) * settings.nPlusOneGainRatioMin > totalMs;
  if (gainMs >= totalMs * settings.nPlusOneGainRatioMin && !isTogether) return undefined;
  return `they ran beside each other: one statement would save only ${formatMs(gainMs)} of ${formatMs(totalMs)}`;
}

/** What is left when each statement runs once. */
function batchedMs(nest: readonly Runs[]): number {
  return nest.reduce((sum, { nodes }) => sum + oneRunMs(nodes), 0);
}

/** What all runs would take one after another. A few that are sent together over connections which are opened for them come in waves. */
function serialMs(nest: readonly Runs[]): number {
  return nest.reduce((sum, { nodes }) => sum + oneRunMs(nodes) * nodes.length, 0);
}

/**
 * Puts together what one nest of loops runs: statements under one parent whose runs lie between each other, as `for each order: customer,
 * lines, and for each line: item`. Loops that follow each other stay apart.
 */
function toNests(runs: readonly Runs[]): Runs[][] {
  const byParent = Map.groupBy(runs, ({ parent }) => parent);
  const nests: Runs[][] = [];
  for (const siblings of byParent.values()) {
    let endMs = Number.NEGATIVE_INFINITY;
    for (const one of siblings.toSorted((a, b) => a.first.startMs - b.first.startMs)) {
      const nest = one.first.startMs < endMs ? nests.at(-1) : undefined;
      if (nest === undefined) nests.push([one]);
      else nest.push(one);
      endMs = Math.max(nest === undefined ? Number.NEGATIVE_INFINITY : endMs, one.nodes.at(-1)?.startMs ?? 0);
    }
  }
  return nests;
}

/** The statement that runs most often is the innermost one, and gives the nest its name; equal counts by text. */
function byCount(a: Runs, b: Runs): number {
  return (
    b.nodes.length - a.nodes.length ||
    ((a.first.span.statement?.text ?? "") < (b.first.span.statement?.text ?? "") ? -1 : 1)
  );
}

function batchHint(column: string | undefined): string {
  if (column === undefined) return "one statement that takes all keys (`= any(…)`, `in (…)` or a join)";
  return `one statement with \`${column} = any(…)\` in place of \`${column} = ?\`, or a join`;
}

function describeRuns({ first, nodes }: Runs): string {
  const code = first.span.functionName === undefined ? "" : ` (${first.span.statement?.summary})`;
  return `${describeNode(first)}${code} ran ${nodes.length} times`;
}

/** What a caller gave up on may run on after it, and is then no part of its time. */
function describeShare(nodes: readonly SpanNode[], { startMs, endMs }: SpanNode): string {
  const together = formatMs(coveredMs(nodes));
  const whole = formatMs(endMs - startMs);
  if (nodes.every((node) => node.endMs <= endMs)) return `Together ${together} of its ${whole}.`;
  const within = coveredMs(
    nodes
      .filter((node) => node.startMs < endMs)
      .map((node) => ({ ...node, endMs: Math.min(node.endMs, endMs) })),
  );
  return `Together ${together}: ${formatMs(within)} of its ${whole}, and the rest after it had ended.`;
}

function toDetection(nest: readonly Runs[], main: Runs, place: string): Detection {
  const { first } = main;
  const entry = entryOf(first);
  const others = nest.filter((runs) => runs !== main).sort(byCount);
  const nodes = nest.flatMap((runs) => runs.nodes).sort((a, b) => a.startMs - b.startMs);
  const timeMs = coveredMs(nodes);
  const gainMs = Math.max(0, timeMs - batchedMs(nest));
  const driver = statementBefore({ parent: main.parent, nodes });
  const loop = driver === undefined ? "" : `, probably for each row of ${describeNode(driver)}`;
  const named = others.slice(0, namedMax).map(describeRuns).join(", ");
  const besides =
    others.length === 0
      ? ""
      : ` In the same loop ${named}${others.length > namedMax ? ` and ${others.length - namedMax} more` : ""}.`;
  const each =
    others.length === 0
      ? `One run takes ${formatMs(oneRunMs(main.nodes))}`
      : `One run of each takes ${formatMs(batchedMs(nest))}`;
  return {
    detector: name,
    service: first.span.service,
    route: entry.span.route,
    place,
    causeKey: first.span.statement?.text ?? "",
    title: `N+1: ${describeNode(first)} runs once per row in ${describeEntry(first)}`,
    recommendation:
      `${describeRuns(main)} in ${describeOccasion(first)}${loop}.${besides} ${describeShare(nodes, entry)} ` +
      `${distinctParameters(main.nodes) === undefined ? "If its parameters, which are not sent, are always the same, read it once; else read" : "Only the parameters differ, so read"} ` +
      `all rows at once: ${batchHint(first.span.statement?.batchColumn)}, and share them out in memory. ` +
      `${each}, so about ${formatMs(gainMs)} would be saved.`,
    statement: first.span.statement?.text,
    count: nodes.length,
    timeMs,
    expectedGainMs: gainMs,
    evidenceSpanIds: evidenceIds(nodes),
    loop: stretchOf(nodes),
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
      evidenceSpanIds: [...other.evidenceSpanIds, ...detection.evidenceSpanIds].slice(0, evidenceSpansMax),
    });
  }
  return [...byKey.values()];
}

/**
 * Statements that a loop runs once per row of an earlier result. Runs are counted below their logical parent; what one nest of loops
 * runs is one detection, named after the statement that runs most often.
 *
 * @source Sentry's N+1 detector (5 spans, 50 ms) and perf-sentinel (distinct parameters, no time)
 */
export const nPlusOneSql: Detector = {
  name,
  detect(trace: TraceTree, { settings, found }: DetectionContext): Detected {
    const repeats = findRepeats(trace, settings.nPlusOneCountMin, keyOf);
    if (repeats.length === 0) {
      const statements = trace.nodes.filter((node) => node.span.role === "statement").length;
      const needed = `${settings.nPlusOneCountMin} runs of one statement under one parent are needed`;
      return silent(
        name,
        statements === 0 ? "the trace has no SQL statements" : `${statements} SQL statements; ${needed}`,
      );
    }
    const explainedBy = createExplainedBy(found);
    const silences: Silence[] = [];
    const beQuiet = ({ first, nodes }: Runs, reason: string): void => {
      const what = `${nodes.length} × ${shorten(describeNode(first), 80)} in ${describeEntry(first)}`;
      silences.push({ detector: name, reason: `${what}: ${reason}` });
    };
    const loops: Runs[] = [];
    for (const { parent, nodes } of repeats
      .toSorted((a, b) => b.nodes.length - a.nodes.length)
      .slice(0, repeatsMax)) {
      const bursts = splitAtPauses(nodes, settings.nPlusOneGapMsMax).flatMap((burst) => {
        const [first] = burst;
        return first === undefined ? [] : [{ parent, first, nodes: burst }];
      });
      const guilty = bursts.filter((runs) => reasonAgainstRuns(runs, settings) === undefined);
      const [longest] = bursts.sort((a, b) => b.nodes.length - a.nodes.length);
      if (guilty.length === 0 && longest !== undefined)
        beQuiet(longest, reasonAgainstRuns(longest, settings) ?? "");
      for (const runs of guilty) {
        // Most of them: a turn whose starts were cut to one millisecond may lie outside of the sequence.
        const explained = runs.nodes.filter((node) => explainedBy(node) !== undefined);
        if (explained.length * 2 >= runs.nodes.length) beQuiet(runs, "part of the repeating sequence");
        else loops.push(runs);
      }
    }
    const detections: Detection[] = [];
    for (const nest of toNests(loops)) {
      const [main] = nest.toSorted(byCount);
      const place = main === undefined ? undefined : placeOf(main.first);
      if (main === undefined || place === undefined) continue;
      const reason = reasonAgainstNest(nest, settings);
      if (reason === undefined) detections.push(toDetection(nest, main, place));
      else beQuiet(main, reason);
    }
    return { detections: mergeSame(detections), silences };
  },
};
