/** Why an item was refused, as counted, as metered and, with its sentence, as answered to the sender. */
export const refusalReasons = {
  invalid_trace_id: "trace id is not 16 bytes or all zero",
  invalid_span_id: "span id is not 8 bytes or all zero",
  invalid_parent_id: "parent span id is not 8 bytes",
  no_time: "time is missing or negative",
  time_in_future: "time is later than the clock of this observer allows",
  ends_before_start: "span ends before it starts",
  attributes_too_deep: "attributes are nested too deep",
  no_metric_name: "metric has no name",
  no_metric_data: "metric has no data, or of a kind not known",
  invalid_histogram:
    "bucket counts and bounds do not fit together or are more than 1024, the buckets do not add up to the count, there is a sum of no measurements, bounds are not finite or do not ascend, or the scale is not between -10 and 20",
  too_many_series: "more series of this metric than this observer tracks; take ids out of its attributes",
  too_many_senders: "more different resources than this observer tracks",
} as const;

export type RefusalReason = keyof typeof refusalReasons;

/** The sentence of a partial success: how many of what, each with its reason. Empty where nothing was refused. */
export function describeRefusals(refusals: ReadonlyMap<RefusalReason, number>): string {
  return [...refusals].map(([reason, count]) => `${count} x ${reason}: ${refusalReasons[reason]}`).join("; ");
}

/** How many items were refused. */
export function countRefusals(refusals: ReadonlyMap<RefusalReason, number>): number {
  let total = 0;
  for (const count of refusals.values()) total += count;
  return total;
}
