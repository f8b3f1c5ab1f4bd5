import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  parquetPath,
  type SegmentSummary,
  summaryFile,
  toDirectoryName,
  toHour,
} from "@kontor/observer/store/segments/closed-segment";
import { exportRequestsSql, requestPath } from "@kontor/observer/store/segments/request-file";

export const day = {
  hours: 24,
  requestsPerSecond: 10,
  spansPerRequest: 5,
  services: 20,
  routesPerService: 10,
};
const hourMs = 3_600_000;

/**
 * Writes a day of traces as the closed segments that a store would have made of them, an hour each, columns and row groups as there:
 * going through ingest would take the time of a day's load. The services change their version at half time.
 *
 * @param dataDirectory of a store that was opened once and is closed
 * @returns spans written
 */
export async function writeReportDay(dataDirectory: string, toMs: number): Promise<number> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const rows = 3_600 * day.requestsPerSecond * day.spansPerRequest;
  try {
    for (let hour = 0; hour < day.hours; hour++) {
      const startMs = toMs - (day.hours - hour) * hourMs;
      const directory = join(dataDirectory, "segments", toDirectoryName(hour + 1, toHour(startMs)));
      mkdirSync(directory, { recursive: true });
      const path = parquetPath({ directory }, "spans");
      const version = hour < day.hours / 2 ? "1.4.0" : "1.5.0";
      await connection.run(
        `copy (${spansSql(hour, rows, startMs, version)}) to '${path.replaceAll("'", "''")}' (format parquet, compression zstd, row_group_size 20480)`,
      );
      const spans = `read_parquet('${path.replaceAll("'", "''")}')`;
      await connection.run(exportRequestsSql(spans, "hex", requestPath({ directory })));
      const none = { rows: 0, earliestMs: 0, latestMs: 0 };
      const summary: SegmentSummary = {
        ...{ number: hour + 1, hour: toHour(startMs), lastNumber: 0, closedAtMs: startMs + hourMs },
        ...{ spans: { rows, earliestMs: startMs, latestMs: startMs + hourMs }, points: none, logs: none },
      };
      writeFileSync(join(directory, summaryFile), JSON.stringify(summary));
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return rows * day.hours;
}

/** Each request is a server span and the statements below it; durations are lognormal and differ by route. */
function spansSql(hour: number, rows: number, startMs: number, version: string): string {
  return `
    with numbers as (
      select i, i // ${day.spansPerRequest} as request, i % ${day.spansPerRequest} as child,
             hash(${hour} * 1000003 + i // ${day.spansPerRequest}) as h from range(${rows}) t(i)
    ), spans as (
      select *, (h % ${day.services})::int as s, ((h // 64) % ${day.routesPerService})::int as r,
             ${startMs}::ubigint * 1000000 + (request * ${Math.floor(1e9 / day.requestsPerSecond)})::ubigint as start_ns,
             exp(3 + 0.25 * ((h // 64) % ${day.routesPerService}) + 0.8 * ((h // 4096) % 1000 / 500.0 - 1)) as ms
        from numbers
    )
    select printf('%016x%016x', h, hash(h)) as trace_id, printf('%016x', hash(i + ${hour * rows})) as span_id,
           case when child = 0 then '' else printf('%016x', hash(i - child + ${hour * rows})) end as parent_span_id,
           'service-' || s as service, '' as namespace, 'default' as environment, 'instance-' || s as instance, '${version}' as version,
           case when child = 0 then 'GET /api/resource-' || r else 'SELECT table_' || r end as name,
           case when child = 0 then 'GET /api/resource-' || r else '' end as route,
           case when child = 0 then 'server' else 'client' end as kind,
           case when h % 200 = 0 then 'error' else 'unset' end as status, child = 0 as is_entry, 257::uinteger as flags,
           start_ns, start_ns + (ms * 1000000 / (child + 1))::ubigint as end_ns, start_ns // 1000000 as received_ms,
           '{"http.request.method":"GET","http.route":"/api/resource-' || r || '","http.response.status_code":200,"server.address":"127.0.0.1","url.path":"/api/resource-' || r || '/' || h || '"}' as attributes,
           '' as extras, '{"service":"service-' || s || '"}' as resource, '{"name":"@opentelemetry/instrumentation-http"}' as scope
      from spans order by request, child`;
}
