import type { DuckDBConnection } from "@duckdb/node-api";
import type { SegmentSummary } from "./closed-segment.ts";
import type { OpenSegment } from "./open-segment.ts";
import { type RecordKind, recordKinds } from "./segment-schema.ts";

/** A segment that takes no more rows and is being written as Parquet; read from its tables until that is done. */
export interface SealedSegment {
  readonly identity: OpenSegment["identity"];
  readonly catalog: string;
  readonly lastNumber: number;
}

/** Counts a sealed segment before it is written. */
export async function summarise(
  connection: DuckDBConnection,
  { identity, catalog, lastNumber }: SealedSegment,
): Promise<SegmentSummary> {
  const times: Record<RecordKind, string> = {
    spans: "start_ns",
    points: "time_ns",
    logs: "greatest(time_ns, observed_ns)",
  };
  const summaries: Partial<Record<RecordKind, SegmentSummary["spans"]>> = {};
  for (const kind of recordKinds) {
    const result = await connection.runAndReadAll(
      `select count(*), coalesce(min(${times[kind]}), 0), coalesce(max(${times[kind]}), 0) from ${catalog}.${kind}`,
    );
    const [rows, earliest, latest] = (result.getRowsJS()[0] ?? []).map(Number);
    summaries[kind] = { rows: rows ?? 0, earliestMs: (earliest ?? 0) / 1e6, latestMs: (latest ?? 0) / 1e6 };
  }
  const none = { rows: 0, earliestMs: 0, latestMs: 0 };
  const { spans = none, points = none, logs = none } = summaries;
  return { ...identity, lastNumber, closedAtMs: Date.now(), spans, points, logs };
}
