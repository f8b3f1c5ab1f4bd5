export type DetectorName =
  | "n-plus-one-sql"
  | "repeating-sequence"
  | "redundant-sql"
  | "n-plus-one-http"
  | "slow-sql"
  | "serial-calls"
  | "chatty-calls"
  | "large-payload"
  | "slowdown-source";

/** Who waits for the detected work: an entry point on the way from the trace's root down to it. */
export interface Sufferer {
  readonly service: string;
  /** As in `Subject.route`; undefined for background work. */
  readonly route: string | undefined;
}

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
  /** One line without counts or times, so that it is the same for every trace of the finding. */
  readonly title: string;
  /** How to mend it, with statement, count and place. */
  readonly recommendation: string;
  readonly statement: string | undefined;
  /** How often it happened in this trace. */
  readonly count: number;
  /** Time of this trace spent on it, and what would be saved if mended, in ms. */
  readonly timeMs: number;
  readonly expectedGainMs: number;
  /** The spans that show it, by start; at most `evidenceSpansMax`. */
  readonly evidenceSpanIds: readonly string[];
  /**
   * Of a loop: from its first to its last run, ms since the start of the trace. What its service does meanwhile belongs to the loop.
   */
  readonly loop?: { readonly fromMs: number; readonly toMs: number };
  /** Entry points that wait for it, outermost first; the last one is `service` and `route`. */
  readonly sufferers: readonly Sufferer[];
}

/** A detection keeps at most this many span ids. */
export const evidenceSpansMax = 200;

/** Why a detector said nothing: shown by `kontor explain`. */
export interface Silence {
  readonly detector: DetectorName;
  readonly reason: string;
}

/** A detection with its stable identity, as the API answers it and as findings are merged by. */
export interface FingerprintedDetection extends Detection {
  /** `fingerprintDetection`: 16 hex digits. */
  readonly fingerprint: string;
}

/**
 * Where a finding stands.
 *
 * - `open`: it occurs. `acknowledged`: somebody accepted it for a while.
 * - `applied`: what is recommended was done, as somebody said or a new version shows; its effect is not measured yet.
 * - `validated`: it is gone, and the effect was measured. `resolved`: it is gone, and nobody knows by what.
 * - `reopened`: it was one of these and occurs again.
 */
export const findingStates = [
  "open",
  "reopened",
  "acknowledged",
  "applied",
  "validated",
  "resolved",
] as const;
export type FindingState = (typeof findingStates)[number];

/** What somebody has to look at. */
export const unsolvedStates: readonly FindingState[] = ["open", "reopened"];

/** Whether it is over: what occurs after that has come back. */
export function isSettled(state: FindingState): boolean {
  return state === "validated" || state === "resolved";
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
  readonly state: FindingState;
  /** When that began. */
  readonly stateSinceMs: number;
  /** Traces it was seen in, and the sum of the time lost. */
  readonly impact: {
    readonly occurrences: number;
    readonly totalTimeMs: number;
    readonly tracesPerMinute: number;
  };
  /** The worst traces seen, at most five, worst first. */
  readonly evidence: readonly {
    readonly traceId: string;
    readonly spanIds: readonly string[];
    readonly timeMs: number;
  }[];
  readonly statement: string | undefined;
  readonly recommendation: string;
  readonly expectedGainMs: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}
