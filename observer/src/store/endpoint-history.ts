import type { StoreClient } from "./store-client.ts";

/** Between two times: start inclusive, end exclusive, ms since the epoch. A span belongs where it started. */
export interface HistoryRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A route as stored spans name it; `route` as in `Subject.route`. */
export interface HistoryEndpoint {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly route: string;
}

/** The requests of one endpoint, as its server spans tell. Quantiles are exact over what is stored. */
export interface EndpointUse extends HistoryEndpoint {
  readonly requests: number;
  /** Spans with status error. */
  readonly failed: number;
  /** Sum of the time of all requests. */
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
  readonly slowestTraceId: string;
}

/** One stretch of the course of an endpoint; stretches without a request are left out. */
export interface CoursePoint extends HistoryEndpoint {
  readonly atMs: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** A question about the requests of one endpoint in a time of its own, such as before and after a deployment. */
export interface RequestWindow extends HistoryEndpoint, HistoryRange {
  /** Only requests answered by this version, or by a process that tells none; undefined for all. */
  readonly version: string | undefined;
}

export interface WindowMeasure {
  readonly requests: number;
  /** Durations in ms at the shares of `windowShares`; empty without requests. */
  readonly quantilesMs: readonly number[];
}

/** The shares at which `WindowMeasure` gives quantiles: 0.005, 0.01 ... 0.995, fine enough for bounds of confidence around p50 and p95. */
export const windowShares: readonly number[] = Array.from({ length: 199 }, (_, at) => (at + 1) / 200);

/** History of requests over open and closed segments, from server spans that name a route. */
export interface EndpointHistory {
  /** Every endpoint asked in the range, the one with most time in total first; at most `limit`. */
  listEndpointUse(range: HistoryRange & { readonly limit: number }): Promise<readonly EndpointUse[]>;
  /** How endpoints went in stretches of `slotMs`, by time. */
  listCourses(
    range: HistoryRange & { readonly endpoints: readonly HistoryEndpoint[]; readonly slotMs: number },
  ): Promise<readonly CoursePoint[]>;
  /** One answer for each window, in the order asked. */
  measureWindows(windows: readonly RequestWindow[]): Promise<readonly WindowMeasure[]>;
}

/** What the worker is asked for `EndpointHistory`. */
export interface EndpointHistoryCalls {
  listEndpointUse: { args: HistoryRange & { readonly limit: number }; answer: EndpointUse[] };
  listCourses: {
    args: HistoryRange & { readonly endpoints: readonly HistoryEndpoint[]; readonly slotMs: number };
    answer: CoursePoint[];
  };
  measureWindows: { args: readonly RequestWindow[]; answer: WindowMeasure[] };
}

export function createEndpointHistory(client: Pick<StoreClient, "call">): EndpointHistory {
  return {
    listEndpointUse: (range) => client.call("listEndpointUse", range),
    listCourses: (question) => client.call("listCourses", question),
    measureWindows: (windows) => client.call("measureWindows", windows),
  };
}
