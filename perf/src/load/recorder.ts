import { build, type Histogram } from "hdr-histogram-js";

export type Latencies = { p50Ms: number; p90Ms: number; p95Ms: number; p99Ms: number; maxMs: number };

export type RouteResult = Latencies & {
  route: string;
  requests: number;
  failures: number;
  /** Answers by status; 0 stands for no answer. */
  statuses: Record<string, number>;
};

export type Recorder = {
  /** @param durationMs from when the request was due to the end of its answer */
  record(route: string, status: number, isSuccess: boolean, durationMs: number): void;
  /** One row a route, by name; none before the first request. */
  routes(): RouteResult[];
  /** Over all routes, from their merged histograms: percentiles are never averaged. */
  total(): RouteResult;
};

type Recorded = { histogram: Histogram; failures: number; statuses: Record<string, number> };

const maxUs = 600_000_000;

export function createRecorder(): Recorder {
  const recorded = new Map<string, Recorded>();
  return {
    record(route, status, isSuccess, durationMs) {
      let one = recorded.get(route);
      if (one === undefined) {
        one = { histogram: createHistogram(), failures: 0, statuses: {} };
        recorded.set(route, one);
      }
      one.histogram.recordValue(Math.min(maxUs, Math.max(1, Math.round(durationMs * 1_000))));
      one.statuses[status] = (one.statuses[status] ?? 0) + 1;
      if (!isSuccess) one.failures += 1;
    },
    routes: () =>
      [...recorded].sort(([a], [b]) => a.localeCompare(b)).map(([route, one]) => toResult(route, one)),
    total() {
      const all: Recorded = { histogram: createHistogram(), failures: 0, statuses: {} };
      for (const { histogram, failures, statuses } of recorded.values()) {
        all.histogram.add(histogram);
        all.failures += failures;
        for (const [status, count] of Object.entries(statuses)) {
          all.statuses[status] = (all.statuses[status] ?? 0) + count;
        }
      }
      return toResult("all", all);
    },
  };
}

function createHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: maxUs,
    numberOfSignificantValueDigits: 3,
  });
}

function toResult(route: string, { histogram, failures, statuses }: Recorded): RouteResult {
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile) / 1_000;
  const latencies = {
    p50Ms: at(50),
    p90Ms: at(90),
    p95Ms: at(95),
    p99Ms: at(99),
    maxMs: histogram.maxValue / 1_000,
  };
  return { route, requests: histogram.totalCount, failures, statuses, ...latencies };
}
