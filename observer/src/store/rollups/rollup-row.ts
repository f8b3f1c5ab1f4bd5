/**
 * One minute of one subject, small enough to be kept for years. Events (requests, statements, calls) keep what can be added up: counts,
 * durations and the histogram, so that quantiles over any longer time can be had. Everything else keeps its value.
 */
export interface RollupRow {
  /** End of the minute, ms since the epoch: it is `(minuteMs - 60,000, minuteMs]`. */
  readonly minuteMs: number;
  /** Of events the id of the input (`serverRequests`), else the name of the signal. */
  readonly name: string;
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  /** Undefined for a whole service, and for events that have no route. */
  readonly route: string | undefined;
  /** Events, or points for a value. */
  readonly count: number;
  readonly failed: number;
  /** Of durations, ms. */
  readonly sumMs: number;
  /** Of a signal, in its unit; undefined for events. */
  readonly value: number | undefined;
  /** Upper bounds in ms and counts, one more of these; empty where there is no histogram. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** What a minute gave, for the journal. */
export interface RollupBatch {
  readonly kind: "rollups";
  readonly receivedAtMs: number;
  readonly rows: readonly RollupRow[];
}

/** Which rows are wanted: `(fromMs, toMs]` by the end of their minutes, and only of what is named. */
export interface RollupSearch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly name?: string | undefined;
  readonly service?: string | undefined;
  readonly route?: string | undefined;
}
