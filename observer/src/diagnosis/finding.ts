import type { SpanRecord } from "../store/span-record.ts";

export type DetectorName = "n-plus-one-sql" | "slow-sql" | "slowdown-source";

/** What one pure detector says of one trace. */
export interface Detection {
  readonly detector: DetectorName;
  /** The service whose code is to be mended. */
  readonly service: string;
  /** The route whose requests suffer, as in `Subject.route`; undefined for background work. */
  readonly route: string | undefined;
  /** Where in the code: `code.function.name` of the statement's query name where known, else the route. Never ids or literals. */
  readonly place: string;
  /** What identifies the cause besides detector, service and place: the normalised statement, the callee. Part of the fingerprint. */
  readonly causeKey: string;
  readonly title: string;
  /** How to mend it, with statement, count and place. */
  readonly recommendation: string;
  readonly statement: string | undefined;
  /** How often it happened in this trace. */
  readonly count: number;
  /** Time of this trace spent on it, and what would be saved if mended, in ms. */
  readonly timeMs: number;
  readonly expectedGainMs: number;
  readonly evidenceSpanIds: readonly string[];
}

/** A trace put in order for detectors; made once by `toTraceTree`. */
export interface TraceTree {
  readonly traceId: string;
  readonly spans: readonly SpanRecord[];
  readonly root: SpanRecord | undefined;
  readonly children: ReadonlyMap<string, readonly SpanRecord[]>;
  readonly byId: ReadonlyMap<string, SpanRecord>;
}

/** Why a detector said nothing: shown by `kontor explain`. */
export interface Silence {
  readonly detector: DetectorName;
  readonly reason: string;
}

export interface Detector {
  readonly name: DetectorName;
  detect(trace: TraceTree): { readonly detections: readonly Detection[]; readonly silences: readonly Silence[] };
}

/** A finding as stored and answered by `GET /api/v1/findings`: detections of the same fingerprint, merged. Times in ms since the epoch. */
export interface Finding {
  /** 16 hex digits over detector, service, place and causeKey; the same in every mode and on every machine. */
  readonly fingerprint: string;
  readonly detector: DetectorName;
  readonly service: string;
  readonly route: string | undefined;
  readonly place: string;
  readonly title: string;
  readonly state: "open" | "acknowledged" | "resolved";
  /** Traces it was seen in, and the sum of the time lost. */
  readonly impact: { readonly occurrences: number; readonly totalTimeMs: number; readonly tracesPerMinute: number };
  /** The worst traces seen, at most five, worst first. */
  readonly evidence: readonly { readonly traceId: string; readonly spanIds: readonly string[]; readonly timeMs: number }[];
  readonly statement: string | undefined;
  readonly recommendation: string;
  readonly expectedGainMs: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}
