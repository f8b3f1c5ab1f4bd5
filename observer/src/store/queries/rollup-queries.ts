import type { DuckDBConnection } from "@duckdb/node-api";
import type { RollupRow, RollupSearch } from "../rollups/rollup-row.ts";
import type { SegmentSources } from "../segments/segment-set.ts";

/** Files are named by the hour they were closed in; a segment may begin up to an hour, and a late minute, before. */
const spreadMs = 7_200_000;

/** Rollups by minute, then name, service and route. A minute that was rolled up twice is there once. */
export async function selectRollups(
  connection: DuckDBConnection,
  sources: SegmentSources,
  search: RollupSearch,
): Promise<RollupRow[]> {
  const files = sources.rollupFiles
    .filter(({ hourMs }) => hourMs <= search.toMs + spreadMs && hourMs >= search.fromMs - spreadMs)
    .map(({ path }) => `'${path.replaceAll("'", "''")}'`);
  const froms = sources.catalogs.map((catalog) => `select * from ${catalog}.rollups`);
  if (files.length > 0) froms.push(`select * from read_parquet([${files.join(", ")}])`);
  const conditions = [`minute_ms > ${toWhole(search.fromMs)}`, `minute_ms <= ${toWhole(search.toMs)}`];
  const values: Record<string, string> = {};
  for (const key of ["name", "service", "route"] as const) {
    const wanted = search[key];
    if (wanted === undefined) continue;
    conditions.push(`${key} = $${key}`);
    values[key] = wanted;
  }
  const identity = "minute_ms, name, environment, namespace, service, route";
  const result = await connection.runAndReadAll(
    `select ${identity}, any_value(count), any_value(failed), any_value(sum_ms), any_value(value), any_value(bounds), any_value(counts)
      from (${froms.join(" union all ")}) where ${conditions.join(" and ")} group by ${identity} order by ${identity}`,
    values,
  );
  return result.getRowsJS().map((row) => toRollup(row));
}

/** End of the newest minute that was rolled up, ms since the epoch; 0 where there is none. */
export async function selectLastRollup(
  connection: DuckDBConnection,
  sources: SegmentSources,
): Promise<number> {
  const newest = sources.rollupFiles.at(-1);
  const froms = sources.catalogs.map((catalog) => `select max(minute_ms) as minute from ${catalog}.rollups`);
  if (newest !== undefined) {
    froms.push(`select max(minute_ms) as minute from read_parquet('${newest.path.replaceAll("'", "''")}')`);
  }
  const result = await connection.runAndReadAll(`select max(minute) from (${froms.join(" union all ")})`);
  return Number(result.getRowsJS()[0]?.[0] ?? 0);
}

function toRollup(row: readonly unknown[]): RollupRow {
  const [minute, name, environment, namespace, service, route, count, failed, sumMs, value, bounds, counts] =
    row;
  return {
    minuteMs: Number(minute),
    name: String(name),
    environment: String(environment),
    namespace: String(namespace),
    service: String(service),
    route: route === "" ? undefined : String(route),
    count: Number(count),
    failed: Number(failed),
    sumMs: Number(sumMs),
    value: value === null ? undefined : Number(value),
    bounds: JSON.parse(String(bounds)),
    counts: JSON.parse(String(counts)),
  };
}

function toWhole(ms: number): bigint {
  return BigInt(Math.round(Math.min(Math.max(ms, 0), 9e15)));
}
