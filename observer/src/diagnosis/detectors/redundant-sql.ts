import {
  coveredMs,
  createExplainedBy,
  type Detected,
  type DetectionContext,
  type Detector,
  evidenceIds,
  placeOf,
  reasonTooLittle,
  silent,
  splitAtPauses,
  sufferersOf,
} from "../detector.ts";
import type { Detection, Silence } from "../finding.ts";
import { describeEntry, describeNode, describeOccasion, formatMs } from "../texts.ts";
import { entryOf, outerStatement, type SpanNode, type TraceTree } from "../trace-tree.ts";

const name = "redundant-sql";

/** Equal keys: the same read with the same parameters, for certain. Undefined where that cannot be known. */
function keyOf({ span }: SpanNode): string | undefined {
  const { statement } = span;
  if (span.role !== "statement" || statement?.kind !== "read" || span.failed) return undefined;
  const parameters = statement.parameterCount === 0 ? "" : span.parametersHash;
  return parameters === undefined
    ? undefined
    : [span.functionName ?? "", statement.text, parameters].join("\u001f");
}

/** The statements below each entry point, by start. */
function statementsByEntry(trace: TraceTree): Map<SpanNode, SpanNode[]> {
  const byEntry = new Map<SpanNode, SpanNode[]>();
  for (const node of trace.nodes) {
    if (node.span.role !== "statement" || outerStatement(node) !== undefined) continue;
    const others = byEntry.get(entryOf(node));
    if (others === undefined) byEntry.set(entryOf(node), [node]);
    else others.push(node);
  }
  for (const nodes of byEntry.values()) nodes.sort((a, b) => a.startMs - b.startMs);
  return byEntry;
}

/** Runs that gave the same answer for certain: equal, with no write and no lock between them, and no pause as polling makes. */
function findEqualRuns(statements: readonly SpanNode[], gapMsMax: number): (readonly SpanNode[])[] {
  const done: SpanNode[][] = [];
  let open = new Map<string, SpanNode[]>();
  for (const node of statements) {
    const kind = node.span.statement?.kind;
    if (kind === "write" || kind === "lock" || kind === "other") {
      done.push(...open.values());
      open = new Map();
      continue;
    }
    const key = keyOf(node);
    if (key === undefined) continue;
    const runs = open.get(key);
    if (runs === undefined) open.set(key, [node]);
    else runs.push(node);
  }
  done.push(...open.values());
  return done.filter((runs) => runs.length > 1).flatMap((runs) => splitAtPauses(runs, gapMsMax));
}

function toDetection(runs: readonly (readonly SpanNode[])[], place: string, first: SpanNode): Detection {
  const repeats = runs.flatMap((nodes) => nodes.slice(1));
  const nodes = runs.flat();
  const timeMs = coveredMs(repeats);
  const what = describeNode(first);
  const least =
    runs.length === 1 ? "with the same parameters" : `with only ${runs.length} different sets of parameters`;
  return {
    detector: name,
    service: first.span.service,
    route: entryOf(first).span.route,
    place,
    causeKey: first.span.statement?.text ?? "",
    title: `Redundant SQL: ${what} is read again and again in ${describeEntry(first)}`,
    recommendation:
      `${what} ran ${nodes.length} times ${least} in ${describeOccasion(first)}, and nothing was written between. ` +
      `Read it once and hand the answer on, or keep it for the length of the request. About ${formatMs(timeMs)} would be saved.`,
    statement: first.span.statement?.text,
    count: nodes.length,
    timeMs,
    expectedGainMs: timeMs,
    evidenceSpanIds: evidenceIds(nodes),
    sufferers: sufferersOf(first),
  };
}

/** The same read with the same parameters, repeated within one request although nothing was written between. Needs the parameters' hash. */
export const redundantSql: Detector = {
  name,
  detect(trace: TraceTree, { settings, found }: DetectionContext): Detected {
    const { redundantSqlCountMin, redundantSqlTotalMsMin } = settings;
    const explainedBy = createExplainedBy(found);
    const groups = new Map<string, (readonly SpanNode[])[]>();
    let hashes = 0;
    for (const statements of statementsByEntry(trace).values()) {
      hashes += statements.filter((node) => keyOf(node) !== undefined).length;
      for (const runs of findEqualRuns(statements, settings.nPlusOneGapMsMax)) {
        const [first] = runs;
        if (first === undefined || runs.length < redundantSqlCountMin || explainedBy(first) !== undefined)
          continue;
        const key = [
          entryOf(first).span.spanId,
          first.span.functionName ?? "",
          first.span.statement?.text,
        ].join("\u001f");
        const others = groups.get(key);
        if (others === undefined) groups.set(key, [runs]);
        else others.push(runs);
      }
    }
    if (hashes === 0) return silent(name, "no read whose parameters are known by their hash");
    if (groups.size === 0)
      return silent(
        name,
        `no read ran ${redundantSqlCountMin} times with the same parameters and nothing written between`,
      );
    const detections: Detection[] = [];
    const silences: Silence[] = [];
    for (const runs of groups.values()) {
      const first = runs[0]?.[0];
      const place = first === undefined ? undefined : placeOf(first);
      if (first === undefined || place === undefined) continue;
      const detection = toDetection(runs, place, first);
      const repeats = detection.count - runs.length;
      const little = reasonTooLittle(detection.timeMs, redundantSqlTotalMsMin, repeats, settings);
      if (little === undefined) detections.push(detection);
      else
        silences.push({
          detector: name,
          reason: `${detection.count} × ${describeNode(first)}: of the repeats, ${little}`,
        });
    }
    return { detections, silences };
  },
};
