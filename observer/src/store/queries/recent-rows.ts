import type { DuckDBConnection, DuckDBResult } from "@duckdb/node-api";
import { parquetPath } from "../segments/closed-segment.ts";
import type { RecordKind } from "../segments/segment-schema.ts";
import type { SegmentSources } from "../segments/segment-set.ts";
import { type StoredRow, storedColumns } from "./stored-rows.ts";

/**
 * Rows of one kind that arrived at or after a time, in the order of arrival, a chunk of at most 2048 at a time: what windows and
 * trace buffer are filled from after a start, without ever holding all of it.
 */
export async function* streamRecentRows(
  connection: DuckDBConnection,
  sources: SegmentSources,
  kind: RecordKind,
  sinceMs: number,
): AsyncGenerator<StoredRow[]> {
  const since = BigInt(Math.max(0, Math.floor(sinceMs)));
  const closed = sources.closed.filter((segment) => segment[kind].rows > 0 && segment.closedAtMs >= sinceMs);
  const froms = [
    ...closed.map((segment) => `read_parquet('${parquetPath(segment, kind).replaceAll("'", "''")}')`),
    ...sources.catalogs.map((catalog) => `${catalog}.${kind}_view`),
  ];
  for (const from of froms) {
    const result: DuckDBResult = await connection.stream(
      `select ${storedColumns[kind]} from ${from} where received_ms >= ${since}`,
    );
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      yield chunk.getRows() as unknown as StoredRow[];
    }
  }
}
