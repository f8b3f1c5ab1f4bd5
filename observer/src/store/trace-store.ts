import type { SpanRecord } from "./span-record.ts";

export interface TraceSearch {
  readonly service?: string | undefined;
  /** As in `Subject.route`. */
  readonly route?: string | undefined;
  readonly minDurationMs?: number | undefined;
  readonly maxDurationMs?: number | undefined;
  readonly errorsOnly?: boolean | undefined;
  /** Start of the range, inclusive, ms since the epoch. */
  readonly fromMs: number;
  /** End of the range, inclusive. */
  readonly toMs: number;
  /** 1..1000 */
  readonly limit: number;
  readonly order?: "newest" | "slowest" | undefined;
}

export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly services: readonly string[];
}

/** Reads over open and closed segments alike. Every method answers from what was stored, never from memory alone. */
export interface TraceStore {
  /** All stored spans of a trace by start time; empty for an unknown id, which is not an error. */
  getTrace(traceId: string): Promise<readonly SpanRecord[]>;
  searchTraces(search: TraceSearch): Promise<readonly TraceSummary[]>;
}
