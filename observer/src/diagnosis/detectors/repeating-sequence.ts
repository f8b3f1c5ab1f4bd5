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
  stretchOf,
  sufferersOf,
} from "../detector.ts";
import type { Detection, Silence } from "../finding.ts";
import { createLogicalParents, distinctParameters } from "../repeats.ts";
import type { DiagnosisSettings } from "../settings.ts";
import { describeEntry, describeNode, describeOccasion, formatMs } from "../texts.ts";
import { entryOf, type SpanNode, type TraceTree } from "../trace-tree.ts";

const name = "repeating-sequence";
const lengthMin = 2;
const lengthMax = 8;

/**
 * Of all runs of the body's statements this much must lie in the loop. Where less does, its turns differ: some orders of a list happen
 * to have one line, others have more. That is a loop in a loop.
 */
const wholeRatioMin = 0.8;

interface Loop {
  /** One turn after the other. */
  readonly nodes: readonly SpanNode[];
  /** Statements of one turn. */
  readonly length: number;
}

function keyOf({ span }: SpanNode): string {
  return `${span.functionName ?? ""}\u001f${span.statement?.text ?? ""}`;
}

/** Statements that do work, by logical parent, by start. */
function statementsByParent(trace: TraceTree, settings: DiagnosisSettings): readonly (readonly SpanNode[])[] {
  const logicalParent = createLogicalParents(settings.repeatingSequenceCountMin);
  const byParent = new Map<SpanNode, SpanNode[]>();
  for (const node of trace.nodes) {
    const { role, statement, failed } = node.span;
    if (role !== "statement" || statement === undefined || statement.kind === "control" || failed) continue;
    const parent = logicalParent(node);
    if (parent === undefined) continue;
    const others = byParent.get(parent);
    if (others === undefined) byParent.set(parent, [node]);
    else others.push(node);
  }
  return [...byParent.values()].map((nodes) => nodes.sort((a, b) => a.startMs - b.startMs));
}

/**
 * How many turns of the body follow each other from `from` on. Its order within a turn does not count: senders cut starts to whole
 * milliseconds, and what ran in the same one may be seen in any order.
 */
function countTurns(keys: readonly string[], from: number, body: ReadonlySet<string>): number {
  for (let turns = 1; ; turns += 1) {
    const start = from + turns * body.size;
    const turn = new Set(keys.slice(start, start + body.size));
    if (turn.size < body.size || ![...turn].every((key) => body.has(key))) return turns;
  }
}

/**
 * Loops whose body runs at least two statements, each once a turn. A body with one statement several times (A B B A B B) is a loop in a
 * loop, which the N+1 detector tells apart better.
 */
function findLoops(nodes: readonly SpanNode[], turnsMin: number): Loop[] {
  const keys = nodes.map(keyOf);
  const totals = new Map<string, number>();
  for (const key of keys) totals.set(key, (totals.get(key) ?? 0) + 1);
  const loops: Loop[] = [];
  for (let from = 0; from + lengthMin * turnsMin <= nodes.length; from += 1) {
    for (let length = lengthMin; length <= lengthMax; length += 1) {
      // First the cheap look at one turn, so that a long run of one statement is not walked again and again.
      const body = new Set(keys.slice(from, from + length));
      if (body.size < length) break;
      const turns = countTurns(keys, from, body);
      if (turns < turnsMin) continue;
      const total = [...body].reduce((sum, key) => sum + (totals.get(key) ?? 0), 0);
      if (turns * length >= total * wholeRatioMin)
        loops.push({ nodes: nodes.slice(from, from + turns * length), length });
      from += turns * length - 1;
      break;
    }
  }
  return loops;
}

/** The runs of each statement of the body, in the order of the statements' texts, which no data can change. */
function membersOf(loop: Loop): readonly (readonly SpanNode[])[] {
  const members = [...Map.groupBy(loop.nodes, keyOf).values()];
  return members.sort(([a], [b]) =>
    (a?.span.statement?.text ?? "") < (b?.span.statement?.text ?? "") ? -1 : 1,
  );
}

function oneTurnMs(loop: Loop): number {
  return membersOf(loop).reduce((sum, nodes) => sum + medianDurationMs(nodes), 0);
}

function reasonAgainst(loop: Loop, settings: DiagnosisSettings): string | undefined {
  const other = loop.nodes.find(({ span }) => span.statement?.kind !== "read");
  if (other !== undefined)
    return `${describeNode(other)} is no plain read: such rows may have to be handled one by one`;
  if (loop.nodes.some(({ span }) => span.statement?.paging === true))
    return "it reads the pages of a long list";
  const pauses = loop.nodes.some(
    (node, at) => node.startMs - (loop.nodes[at - 1]?.endMs ?? node.startMs) > settings.nPlusOneGapMsMax,
  );
  if (pauses) return "it pauses between turns, as polling does";
  for (const nodes of membersOf(loop)) {
    const distinct = distinctParameters(nodes);
    if (distinct !== undefined && distinct < settings.repeatingSequenceCountMin)
      return "its parameters do not change from turn to turn";
  }
  const totalMs = coveredMs(loop.nodes);
  const turns = Math.max(...membersOf(loop).map((nodes) => nodes.length));
  const little = reasonTooLittle(totalMs, settings.repeatingSequenceTotalMsMin, turns, settings);
  if (little !== undefined) return little;
  if (totalMs - oneTurnMs(loop) < totalMs * settings.nPlusOneGainRatioMin)
    return "its turns ran beside each other";
  return loop.nodes[0] !== undefined && placeOf(loop.nodes[0]) === undefined
    ? "the span that called it has not arrived"
    : undefined;
}

function toDetection(loop: Loop): Detection | undefined {
  const firsts = membersOf(loop).flatMap(([first]) => (first === undefined ? [] : [first]));
  const [anchor] = firsts;
  const place = anchor === undefined ? undefined : placeOf(anchor);
  if (anchor === undefined || place === undefined) return undefined;
  const timeMs = coveredMs(loop.nodes);
  const gainMs = Math.max(0, timeMs - oneTurnMs(loop));
  const turns = loop.nodes.length / loop.length;
  const body = loop.nodes.slice(0, loop.length).map(describeNode);
  return {
    detector: name,
    service: anchor.span.service,
    route: entryOf(anchor).span.route,
    place,
    causeKey: firsts.map((node) => node.span.statement?.text ?? "").join(" ; "),
    title: `Repeating sequence: a loop in ${describeEntry(anchor)} runs ${firsts.map(describeNode).join(" and ")} in every turn`,
    recommendation:
      `A loop ran ${body.join(", then ")} in each of ${turns} turns of ${describeOccasion(anchor)}: ${loop.nodes.length} statements, ${formatMs(timeMs)}. ` +
      `Read what all turns need before the loop, with one statement for each of the ${loop.length} (\`= any(…)\`, \`in (…)\` or a join). ` +
      `One turn takes ${formatMs(oneTurnMs(loop))}, so about ${formatMs(gainMs)} would be saved.`,
    statement: firsts.map((node) => node.span.statement?.text ?? "").join(";\n"),
    count: loop.nodes.length,
    timeMs,
    expectedGainMs: gainMs,
    evidenceSpanIds: evidenceIds(loop.nodes),
    loop: stretchOf(loop.nodes),
    sufferers: sufferersOf(anchor),
  };
}

/** A loop that runs several reads in every turn, each once: one fault, to be mended in one place. */
export const repeatingSequence: Detector = {
  name,
  detect(trace: TraceTree, { settings }: DetectionContext): Detected {
    const turnsMin = settings.repeatingSequenceCountMin;
    const loops = statementsByParent(trace, settings)
      .filter((nodes) => nodes.length >= lengthMin * turnsMin)
      .flatMap((nodes) => findLoops(nodes, turnsMin));
    if (loops.length === 0)
      return silent(
        name,
        `no sequence of ${lengthMin} to ${lengthMax} statements is repeated ${turnsMin} times`,
      );
    const detections = new Map<string, Detection>();
    const silences: Silence[] = [];
    for (const loop of loops) {
      const reason = reasonAgainst(loop, settings);
      const detection = reason === undefined ? toDetection(loop) : undefined;
      if (detection === undefined) {
        const body = loop.nodes.slice(0, loop.length).map(describeNode).join(", ");
        silences.push({
          detector: name,
          reason: `${loop.nodes.length / loop.length} × (${body}): ${reason}`,
        });
      } else {
        const other = detections.get(detection.causeKey);
        if (other === undefined || other.timeMs < detection.timeMs)
          detections.set(detection.causeKey, detection);
      }
    }
    return { detections: [...detections.values()], silences };
  },
};
