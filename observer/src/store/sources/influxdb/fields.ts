/** Fields as the collector's exporter writes metrics in the schema telegraf-prometheus-v1. The measurement is the metric's name. */
export const fields = {
  counter: "counter",
  gauge: "gauge",
  count: "count",
  sum: "sum",
  /** Of counters and histograms: when the process began to count, ns since the epoch. */
  start: "start_time_unix_nano",
} as const;

/** Fields of a histogram that are upper bounds, each with what was counted up to it. */
export const boundPattern = "/^[-+0-9]/";
export const lastBound = "+Inf";
