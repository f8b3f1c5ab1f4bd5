import { join } from "node:path";

/**
 * The requests of a closed segment once more, beside its Parquet files: server spans that name a route, a fifth of the width and of
 * the rows. History of endpoints reads these alone; out of all spans it would cost five times the CPU.
 */
export function requestPath(segment: { readonly directory: string }): string {
  return join(segment.directory, "requests.parquet");
}

/**
 * Requests out of rows of spans, in their order; a span that ends before it begins took no time.
 *
 * @param ids how the rows carry the id of their trace: as two numbers, or in hex only
 */
export function requestsOfSpansSql(from: string, ids: "numbers" | "hex"): string {
  const [high, low] =
    ids === "numbers"
      ? ["trace_high", "trace_low"]
      : ["('0x' || trace_id[1:16])::ubigint", "('0x' || trace_id[17:32])::ubigint"];
  return `select environment, namespace, service, route, version, status, start_ns,
      (case when end_ns > start_ns then end_ns - start_ns else 0 end)::ubigint as duration_ns,
      ${high} as trace_high, ${low} as trace_low
    from ${from} where kind = 'server' and route <> ''`;
}

/** The statement that writes the requests of a segment, in the order of arrival like the spans, so that memory stays small. */
export function exportRequestsSql(from: string, ids: "numbers" | "hex", path: string): string {
  return `copy (${requestsOfSpansSql(from, ids)})
    to '${path.replaceAll("'", "''")}' (format parquet, compression zstd, row_group_size 20480)`;
}
