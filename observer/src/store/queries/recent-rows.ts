import type { DuckDBConnection } from "@duckdb/node-api";
import { parquetPath } from "../segments/closed-segment.ts";
import { type RecordKind, recordKinds } from "../segments/segment-schema.ts";
import type { SegmentSources } from "../segments/segment-set.ts";
import { type StoredRow, storedColumns } from "./stored-rows.ts";

/** How far back rows are read: to a time of arrival, and no more than so many, which are then the newest. */
export interface RecentLimits {
  readonly sinceMs: number;
  readonly maxRows: number;
}

/**
 * Rows of one kind that arrived at or after a time, in the order of arrival, a chunk of at most 2048 at a time: what windows and
 * trace buffer are filled from after a start, without ever holding all of it.
 */
export async function* streamRecentRows(
  connection: DuckDBConnection,
  sources: SegmentSources,
  kind: RecordKind,
  limits: RecentLimits,
): AsyncGenerator<StoredRow[]> {
  const froms = toFroms(sources, kind, limits.sinceMs);
  const since = await findStart(connection, froms, limits);
  for (const from of froms) {
    const result = await connection.stream(
      `select ${storedColumns[kind]} from ${from} where received_ms >= ${since}`,
    );
    let chunk = await result.fetchChunk();
    while (chunk !== null && chunk.rowCount > 0) {
      yield chunk.getRows() as unknown as StoredRow[];
      chunk = await result.fetchChunk();
    }
  }
}

/** Committed rows of all segments, per kind. */
export async function countRows(
  connection: DuckDBConnection,
  sources: SegmentSources,
): Promise<Record<RecordKind, number>> {
  const counts = { spans: 0, points: 0, logs: 0 };
  for (const kind of recordKinds) {
    counts[kind] = sources.closed.reduce((sum, segment) => sum + segment[kind].rows, 0);
    for (const catalog of sources.catalogs) {
      counts[kind] += await selectNumber(connection, `select count(*) from ${catalog}.${kind}`);
    }
  }
  return counts;
}

/** Segments that hold something that new, oldest first. */
function toFroms(sources: SegmentSources, kind: RecordKind, sinceMs: number): string[] {
  const closed = sources.closed.filter((segment) => segment[kind].rows > 0 && segment.closedAtMs >= sinceMs);
  return [
    ...closed.map((segment) => `read_parquet('${parquetPath(segment, kind).replaceAll("'", "''")}')`),
    ...sources.catalogs.map((catalog) => `${catalog}.${kind}_view`),
  ];
}

/** The time of arrival from which on there are at most `maxRows` rows, found by halving; times are whole ms. */
async function findStart(
  connection: DuckDBConnection,
  froms: readonly string[],
  limits: RecentLimits,
): Promise<number> {
  const countFrom = async (since: number): Promise<number> => {
    let total = 0;
    for (const from of froms) {
      total += await selectNumber(connection, `select count(*) from ${from} where received_ms >= ${since}`);
    }
    return total;
  };
  let tooEarly = Math.max(0, Math.floor(limits.sinceMs));
  if ((await countFrom(tooEarly)) <= limits.maxRows) return tooEarly;
  let late = Date.now() + 1;
  while (late - tooEarly > 1000) {
    const middle = Math.floor((tooEarly + late) / 2);
    if ((await countFrom(middle)) > limits.maxRows) tooEarly = middle;
    else late = middle;
  }
  return late;
}

async function selectNumber(connection: DuckDBConnection, sql: string): Promise<number> {
  return Number((await connection.runAndReadAll(sql)).getRowsJS()[0]?.[0]);
}
