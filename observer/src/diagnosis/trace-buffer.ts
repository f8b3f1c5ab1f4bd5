import type { SpanRecord } from "../store/span-record.ts";
import type { Diagnosis, Explanation } from "./diagnosis.ts";
import type { FingerprintedDetection } from "./finding.ts";
import { emptyList, HeldSpans } from "./held-spans.ts";
import type { TraceBufferSettings } from "./settings.ts";
import { toSpanFacts } from "./span-facts.ts";
import { createStatementReader } from "./statement.ts";
import { type TraceTree, toTraceTree } from "./trace-tree.ts";

/** One diagnosed trace, as handed on. */
export interface DiagnosedTrace {
  readonly traceId: string;
  readonly tree: TraceTree;
  /** What this trace adds to findings: each fingerprint once for a trace, however often it is diagnosed. */
  readonly counted: readonly FingerprintedDetection[];
  /** All that the detectors said this time. */
  readonly explanation: Explanation;
  readonly atMs: number;
}

/** Counters since the start, and what is held now. */
export interface TraceBufferStats {
  readonly spansHeld: number;
  readonly tracesHeld: number;
  readonly finishedSpansHeld: number;
  /** What all spans held take, about. */
  readonly bytesHeld: number;
  readonly tracesDiagnosed: number;
  /** Diagnosed once more because late spans came. */
  readonly tracesDiagnosedAgain: number;
  /** Spans that were not looked at, by the bound they met. */
  readonly spansDropped: {
    readonly spansMax: number;
    readonly bytesMax: number;
    readonly tracesMax: number;
    readonly spansPerTraceMax: number;
  };
  /** Traces whose diagnosis threw. */
  readonly tracesFailed: number;
}

export interface TraceBuffer {
  /** Takes spans of any traces in any order. */
  add(spans: readonly SpanRecord[], nowMs: number): void;
  /** Diagnoses what is due. Called every 100 ms, so that its work comes in small pieces. */
  tick(nowMs: number): void;
  stats(): TraceBufferStats;
}

export interface TraceBufferOptions {
  readonly settings: TraceBufferSettings;
  readonly diagnosis: Diagnosis;
  readonly onTrace: (trace: DiagnosedTrace) => void;
  /** Told of a trace whose diagnosis threw, which is a bug; its neighbours go on. */
  readonly onError?: (traceId: string, error: unknown) => void;
}

interface Held {
  readonly traceId: string;
  /** Its spans, a list of `HeldSpans`, and how many they are. */
  list: number;
  spans: number;
  firstMs: number;
  lastMs: number;
  /** Diagnosed, and nothing new since. */
  finished: boolean;
  counted: Set<string> | undefined;
}

const slotMs = 100;

/** Puts traces into slots of time; a trace that got new spans meanwhile is put off when its slot comes, so that adding costs nothing. */
function createWheel() {
  const slots = new Map<number, Held[]>();
  return {
    put(held: Held, atMs: number): void {
      const slot = Math.ceil(atMs / slotMs);
      const others = slots.get(slot);
      if (others === undefined) slots.set(slot, [held]);
      else others.push(held);
    },
    takeDue(nowMs: number): Held[] {
      const due = [...slots.keys()].filter((slot) => slot * slotMs <= nowMs).sort((a, b) => a - b);
      return due.flatMap((slot) => {
        const held = slots.get(slot) ?? [];
        slots.delete(slot);
        return held;
      });
    },
  };
}

/**
 * Holds the spans of traces until they can be diagnosed: `quietMs` after the last span, at the latest `ageMsMax` after the first,
 * again when late spans come. Only what detectors read is kept of a span, in columns. Every bound that drops spans counts them.
 */
export function createTraceBuffer({
  settings,
  diagnosis,
  onTrace,
  onError,
}: TraceBufferOptions): TraceBuffer {
  const traces = new Map<string, Held>();
  const finished = new Set<Held>();
  const wheel = createWheel();
  const readStatement = createStatementReader();
  const spansHeld = new HeldSpans();
  const dropped = { spansMax: 0, bytesMax: 0, tracesMax: 0, spansPerTraceMax: 0 };
  const held = { waiting: 0, finished: 0 };
  const done = { traces: 0, again: 0, failed: 0 };

  function dueMs(trace: Held): number {
    return Math.min(trace.lastMs + settings.quietMs, trace.firstMs + settings.ageMsMax);
  }

  /** Gives the spans of a finished trace back; one that was counted stays as a name, so that it is not counted twice. */
  function release(trace: Held): void {
    finished.delete(trace);
    held.finished -= trace.spans;
    spansHeld.release(trace.list);
    trace.list = emptyList;
    trace.spans = 0;
    if (trace.counted === undefined) traces.delete(trace.traceId);
  }

  function open(traceId: string, nowMs: number): Held | undefined {
    if (traces.size >= settings.tracesMax) {
      const [oldest] = finished;
      if (oldest !== undefined) release(oldest);
      if (traces.size >= settings.tracesMax) return undefined;
    }
    const trace: Held = {
      traceId,
      list: emptyList,
      spans: 0,
      firstMs: nowMs,
      lastMs: nowMs,
      finished: false,
      counted: undefined,
    };
    traces.set(traceId, trace);
    wheel.put(trace, dueMs(trace));
    return trace;
  }

  /** Whether another span may be kept; finished traces, which only wait for late spans, give way first. */
  function isRoomLeft(): boolean {
    for (const oldest of finished) {
      if (spansHeld.bytes < settings.bytesMax) break;
      release(oldest);
    }
    return spansHeld.bytes < settings.bytesMax;
  }

  function reopen(trace: Held, nowMs: number): void {
    trace.finished = false;
    trace.firstMs = nowMs;
    trace.lastMs = nowMs;
    if (finished.delete(trace)) {
      held.finished -= trace.spans;
      held.waiting += trace.spans;
    }
    wheel.put(trace, dueMs(trace));
  }

  function diagnose(trace: Held, nowMs: number): void {
    const tree = toTraceTree(trace.traceId, spansHeld.read(trace.list));
    const explanation = diagnosis.diagnose(tree, nowMs);
    const counted = explanation.detections.filter(({ fingerprint }) => !trace.counted?.has(fingerprint));
    for (const { fingerprint } of counted) {
      trace.counted ??= new Set();
      trace.counted.add(fingerprint);
    }
    onTrace({ traceId: trace.traceId, tree, counted, explanation, atMs: nowMs });
  }

  function finish(trace: Held, nowMs: number): void {
    try {
      diagnose(trace, nowMs);
    } catch (error) {
      done.failed += 1;
      onError?.(trace.traceId, error);
    }
    done.traces += 1;
    trace.finished = true;
    finished.add(trace);
    held.waiting -= trace.spans;
    held.finished += trace.spans;
    // When it comes by again and nothing new has come, it is forgotten.
    trace.lastMs = nowMs;
    wheel.put(trace, nowMs + settings.ageMsMax);
    for (const oldest of finished) {
      if (held.finished <= settings.finishedSpansMax) break;
      release(oldest);
    }
  }

  function forget(trace: Held): void {
    release(trace);
    if (traces.get(trace.traceId) === trace) traces.delete(trace.traceId);
  }

  function visit(trace: Held, nowMs: number): void {
    if (traces.get(trace.traceId) !== trace) return;
    if (!trace.finished) {
      const due = dueMs(trace);
      if (due <= nowMs) finish(trace, nowMs);
      else wheel.put(trace, due);
    } else if (trace.lastMs + settings.ageMsMax <= nowMs) forget(trace);
  }

  return {
    add(spans, nowMs) {
      let trace: Held | undefined;
      for (const span of spans) {
        if (held.waiting >= settings.spansMax) {
          dropped.spansMax += 1;
          continue;
        }
        if (spansHeld.bytes >= settings.bytesMax && !isRoomLeft()) {
          dropped.bytesMax += 1;
          continue;
        }
        if (trace?.traceId !== span.traceId) trace = traces.get(span.traceId) ?? open(span.traceId, nowMs);
        if (trace === undefined) dropped.tracesMax += 1;
        else if (trace.spans >= settings.spansPerTraceMax) dropped.spansPerTraceMax += 1;
        else {
          if (trace.finished) {
            done.again += 1;
            reopen(trace, nowMs);
          }
          trace.list = spansHeld.add(trace.list, toSpanFacts(span, readStatement));
          trace.spans += 1;
          trace.lastMs = nowMs;
          held.waiting += 1;
        }
      }
    },
    tick(nowMs) {
      for (const trace of wheel.takeDue(nowMs)) visit(trace, nowMs);
    },
    stats: () => ({
      spansHeld: held.waiting,
      tracesHeld: traces.size,
      finishedSpansHeld: held.finished,
      bytesHeld: spansHeld.bytes,
      tracesDiagnosed: done.traces,
      tracesDiagnosedAgain: done.again,
      spansDropped: { ...dropped },
      tracesFailed: done.failed,
    }),
  };
}
