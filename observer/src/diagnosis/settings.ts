/**
 * Thresholds of the detectors: section `diagnosis` of `observer_config.json`, which holds the numbers. Unit and bound stand last
 * in each name; ratios are 0..1.
 */
export interface DiagnosisSettings {
  /** Runs of one statement under one parent, from which on it is an N+1. */
  readonly nPlusOneCountMin: number;
  /** Wall time those runs cover, overlaps counted once. */
  readonly nPlusOneTotalMsMin: number;
  /** Share of that time that one statement instead of N would save. Runs that overlap save less than runs in a row. */
  readonly nPlusOneGainRatioMin: number;
  /** A longer pause between two runs ends a loop: polling is not an N+1. */
  readonly nPlusOneGapMsMax: number;
  /** From so many runs on, any repeat is told however little time it takes: it grows with the rows. */
  readonly manyRunsCountMin: number;
  /** Calls of one HTTP operation under one parent, and the wall time they cover. */
  readonly nPlusOneHttpCountMin: number;
  readonly nPlusOneHttpTotalMsMin: number;
  /** Runs of a statement with the SAME parameters in one request, and the time of all but the first. */
  readonly redundantSqlCountMin: number;
  readonly redundantSqlTotalMsMin: number;
  /** How often a loop body of two to eight statements is repeated, and the wall time the repetitions cover. */
  readonly repeatingSequenceCountMin: number;
  readonly repeatingSequenceTotalMsMin: number;
  /** A statement that runs longer is slow. */
  readonly slowSqlMsMax: number;
  /** Traces within `slowSqlOccurrencesWindowSeconds` in which a statement must have been slow. */
  readonly slowSqlOccurrencesMin: number;
  readonly slowSqlOccurrencesWindowSeconds: number;
  /** Independent reads over HTTP, one after another, in one span; what running them together saves, absolute and of the request. */
  readonly serialCallsCountMin: number;
  readonly serialCallsSavedMsMin: number;
  readonly serialCallsSavedRatioMin: number;
  /** More outgoing calls than this below one request make it chatty. */
  readonly chattyCallsMax: number;
  /** A larger body, request or response, is a large payload. */
  readonly largePayloadBytesMax: number;
  /** A route's requests of the last seconds, how many there must be, and the share of them that must be above its latency limit. */
  readonly slowdownWindowSeconds: number;
  readonly slowdownRequestsMin: number;
  readonly slowdownSlowRatioMin: number;
  /** Share of the slowdown that one part must explain to be called its source. */
  readonly slowdownRatioMin: number;
  /** Requests within the limit that a route's baseline needs before parts are compared with it. */
  readonly slowdownBaselineRequestsMin: number;
}

/** Bounds of the trace buffer. Memory grows with the spans held, by 160 bytes each and the texts that are its own. */
export interface TraceBufferSettings {
  /** A trace is diagnosed this long after its last span ... */
  readonly quietMs: number;
  /** ... and at the latest this long after its first. */
  readonly ageMsMax: number;
  /** Spans held for all traces that still wait to be diagnosed. More are dropped and counted. */
  readonly spansMax: number;
  /** What the spans of all traces may take. Finished traces give way first, then spans are dropped and counted. */
  readonly bytesMax: number;
  /** Traces held. Spans of further ones are dropped and counted. */
  readonly tracesMax: number;
  /** Spans held of one trace. More are dropped and counted. */
  readonly spansPerTraceMax: number;
  /** Spans kept of traces already diagnosed, so that late spans meet the rest of their trace; the oldest give way first. */
  readonly finishedSpansMax: number;
}
