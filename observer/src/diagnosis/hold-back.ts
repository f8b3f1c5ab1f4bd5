import type { Explanation } from "./diagnosis.ts";
import type { FingerprintedDetection } from "./finding.ts";
import { formatMs } from "./texts.ts";
import type { SpanNode, TraceTree } from "./trace-tree.ts";

/** The worst delay of a service's event loop in a time, in ms; 0 where none is known. Times in ms since the epoch. */
export type WorstDelay = (service: string, fromMs: number, toMs: number) => number;

/** Work whose time is the service's own: when its event loop is late, that is the cause and no mistake of measuring. */
const ownRoles: ReadonlySet<SpanNode["span"]["role"]> = new Set(["request", "message", "work"]);

/**
 * Takes out what a service accuses others of while it was late itself. The answer of a database or of another service lies in the socket
 * until the event loop of the one who asked comes round: so long its span is too long, each time. A slow statement, and a slowdown by
 * something waited for, are held back where this explains all that is above their limit or above what is usual.
 *
 * @returns the rest, and for each that was taken out a silence with the reason
 */
export function holdBackVictims(
  trace: TraceTree,
  explanation: Explanation,
  worstDelayMs: WorstDelay,
): Explanation {
  const { detections, silences } = explanation;
  const kept: FingerprintedDetection[] = [];
  const reasons = [...silences];
  for (const detection of detections) {
    const reason = whyVictim(trace, detection, worstDelayMs);
    if (reason === undefined) kept.push(detection);
    else reasons.push({ detector: detection.detector, reason });
  }
  return kept.length === detections.length ? explanation : { detections: kept, silences: reasons };
}

function whyVictim(
  trace: TraceTree,
  { detector, service, title, count, expectedGainMs, evidenceSpanIds }: FingerprintedDetection,
  worstDelayMs: WorstDelay,
): string | undefined {
  if (detector !== "slow-sql" && detector !== "slowdown-source") return undefined;
  const shown = new Set(evidenceSpanIds);
  const nodes = trace.nodes.filter(({ span }) => span.service === service && shown.has(span.spanId));
  const [first] = nodes;
  if (first === undefined || ownRoles.has(first.span.role)) return undefined;
  const endMs = nodes.reduce((end, node) => Math.max(end, node.endMs), first.endMs);
  const delayMs = worstDelayMs(service, trace.startMs + first.startMs, trace.startMs + endMs);
  if (delayMs * count < expectedGainMs || delayMs === 0) return undefined;
  return `${title}: held back, for the event loop of ${service} was ${formatMs(delayMs)} late then, which explains all of it; mend that first`;
}
