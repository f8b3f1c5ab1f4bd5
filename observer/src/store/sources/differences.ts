/** Where the three sources do not give the same answer to the same telemetry, and why. All else is equal, and the contract holds it. */
export interface SourceDifference {
  readonly id: string;
  /** What happens. */
  readonly when: string;
  readonly stream: string;
  readonly prometheus: string;
  readonly influxdb: string;
  readonly reason: string;
}

const same = "as stream";

export const sourceDifferences: readonly SourceDifference[] = [
  {
    id: "new-service",
    when: "a service is heard of for the first time",
    stream: "counted from its first export",
    prometheus: "counted from when it is a window old",
    influxdb: same,
    reason:
      "Prometheus keeps no start times, so that a first total may be an hour's; InfluxDB has them as a field. Unknown is not read as healthy.",
  },
  {
    id: "new-route",
    when: "a route is new in a service that is known",
    stream: "has a quantile at once",
    prometheus: "its counts at once, its quantile when it is a window old",
    influxdb: same,
    reason:
      "Quantiles are made of sums over all series; asking series by series doubles the price of the query.",
  },
  {
    id: "reset",
    when: "a process begins anew under the same instance id",
    stream: "what it counted before and after, both",
    prometheus: "what it counted since it began anew",
    influxdb: "what it counted since it began anew",
    reason:
      "The last total before the end of the old process is inside the window, where only the newest point is read.",
  },
  {
    id: "exponential",
    when: "a sender uses exponential histograms",
    stream: "counts exact, quantiles within a fifth",
    prometheus: "counts exact, quantiles by its native histograms",
    influxdb: "counts exact, quantiles within the bounds that the collector spreads them over",
    reason:
      "The schema of InfluxDB has explicit bounds only; the collector converts, because one such point fails its batch.",
  },
  {
    id: "traces-only",
    when: "a service sends traces and no metrics",
    stream: "at the second in which each request ended",
    prometheus: "when the collector exports what it counted, every 5 s",
    influxdb: "when the collector exports what it counted, every 5 s",
    reason: "Stores of metrics get the collector's span_metrics.",
  },
  {
    id: "sampled-traces",
    when: "spans arrive sampled",
    stream: "weighted by their sampling threshold; without one no count is enough for a rule",
    prometheus: "each span counts once",
    influxdb: "each span counts once",
    reason: "span_metrics does not weight.",
  },
  {
    id: "late-delta",
    when: "a difference (delta) arrives after a later one",
    stream: "counted where it belongs",
    prometheus: "lost",
    influxdb: "lost",
    reason: "The collector makes running totals of differences, in the order in which they come.",
  },
  {
    id: "routes-max",
    when: "a service has more than 1,000 routes",
    stream: "the rest share the route `(other routes)`",
    prometheus: "each stands by itself",
    influxdb: "each stands by itself",
    reason: "The windows are bounded; servers bound by series and bytes of an answer.",
  },
  {
    id: "mixed-bounds",
    when: "instances of a service use different histogram bounds",
    stream: "brought to common, finer bounds",
    prometheus: "added up as they are, so that a quantile can lie in the wrong bucket",
    influxdb: same,
    reason: "PromQL adds buckets of equal bounds only.",
  },
  {
    id: "rare-exports",
    when: "a service exports less often than every 2 minutes",
    stream: "read over 2.5 intervals",
    prometheus: "without data between exports more than 5 minutes apart",
    influxdb: "without data between exports more than 5 minutes apart",
    reason: "The last point before a window is looked for over 5 minutes (Prometheus' look-back).",
  },
  {
    id: "own-measurements",
    when: "the observer measures by itself: health polls, its own process",
    stream: "there",
    prometheus: "read from stream",
    influxdb: "read from stream",
    reason: "What the observer measures does not pass the collector.",
  },
];
