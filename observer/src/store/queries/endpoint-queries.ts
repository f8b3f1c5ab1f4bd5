import type { DuckDBConnection } from "@duckdb/node-api";
import {
  type CoursePoint,
  type EndpointHistoryCalls,
  type EndpointUse,
  type HistoryEndpoint,
  type HistoryRange,
  type RequestWindow,
  type WindowMeasure,
  windowShares,
} from "../endpoint-history.ts";
import { requestPath, requestsOfSpansSql } from "../segments/request-file.ts";
import type { SegmentSources } from "../segments/segment-set.ts";
import { filesOf, toNano, toParquetList } from "./trace-queries.ts";

/** A request may take so long before it arrives in a segment that was closed meanwhile. */
const spreadMs = 120_000;
const endpointColumns = "environment, namespace, service, route";

/** @returns at most `limit` endpoints, most total time first; none where nothing was asked */
export async function selectEndpointUse(
  connection: DuckDBConnection,
  sources: SegmentSources,
  range: EndpointHistoryCalls["listEndpointUse"]["args"],
): Promise<EndpointUse[]> {
  const result = await connection.runAndReadAll(
    `select ${endpointColumns}, count(*), count(*) filter (status = 'error'), sum(ms),
        quantile_cont(ms, [0.5, 0.95, 0.99]), max(ms), arg_max({high: trace_high, low: trace_low}, ms)
      from (${requestsIn(sources, range, "status, trace_high, trace_low")})
      group by ${endpointColumns} order by sum(ms) desc limit ${Math.max(1, Math.trunc(range.limit))}`,
  );
  return result.getRowsJS().map((row) => {
    const [p50Ms = 0, p95Ms = 0, p99Ms = 0] = row[7] as number[];
    return {
      ...toEndpoint(row),
      requests: Number(row[4]),
      failed: Number(row[5]),
      totalMs: Number(row[6]),
      ...{ p50Ms, p95Ms, p99Ms },
      slowestMs: Number(row[8]),
      slowestTraceId: toTraceId(row[9] as { high: bigint; low: bigint }),
    };
  });
}

/** @returns one row for each endpoint and stretch that has requests, by time */
export async function selectCourses(
  connection: DuckDBConnection,
  sources: SegmentSources,
  question: EndpointHistoryCalls["listCourses"]["args"],
): Promise<CoursePoint[]> {
  if (question.endpoints.length === 0) return [];
  const slotNs = toNano(question.slotMs);
  const { names, values } = bindEndpoints(question.endpoints);
  const result = await connection.runAndReadAll(
    `select ${endpointColumns}, slot, count(*), quantile_cont(ms, [0.5, 0.95])
      from (select ${endpointColumns}, ms, (start_ns - ${toNano(question.fromMs)}) // ${slotNs} as slot
              from (${requestsIn(sources, question, "start_ns", oneOfEach(names))})
              join (values ${names.map((row) => `(${row.join(", ")})`).join(", ")}) wanted (${endpointColumns})
             using (${endpointColumns}))
      group by ${endpointColumns}, slot order by slot`,
    values,
  );
  return result.getRowsJS().map((row) => {
    const [p50Ms = 0, p95Ms = 0] = row[6] as number[];
    return {
      ...toEndpoint(row),
      atMs: question.fromMs + Number(row[4]) * question.slotMs,
      requests: Number(row[5]),
      ...{ p50Ms, p95Ms },
    };
  });
}

/** @returns one answer for each window, in the order asked; no quantiles where there were no requests */
export async function selectWindowMeasures(
  connection: DuckDBConnection,
  sources: SegmentSources,
  windows: readonly RequestWindow[],
): Promise<WindowMeasure[]> {
  const measures = windows.map((): WindowMeasure => ({ requests: 0, quantilesMs: [] }));
  const asked = windows.flatMap((window, at) => (window.toMs > window.fromMs ? [{ window, at }] : []));
  if (asked.length === 0) return measures;
  const { names, values } = bindEndpoints(asked.map(({ window }) => window));
  const rows = asked.map(({ window, at }, row) => {
    values[`v${row}`] = window.version ?? "";
    return `(${at}, ${names[row]?.join(", ")}, $v${row}, ${toNano(window.fromMs)}, ${toNano(window.toMs)})`;
  });
  const range = {
    fromMs: Math.min(...asked.map(({ window }) => window.fromMs)),
    toMs: Math.max(...asked.map(({ window }) => window.toMs)),
  };
  const result = await connection.runAndReadAll(
    `select w.place, count(*), quantile_cont(r.ms, [${windowShares.join(", ")}])
      from (${requestsIn(sources, range, "start_ns, version", oneOfEach(names))}) r
      join (values ${rows.join(", ")}) w (place, environment, namespace, service, route, version, from_ns, to_ns)
        on r.environment = w.environment and r.namespace = w.namespace and r.service = w.service and r.route = w.route
       and r.start_ns >= w.from_ns and r.start_ns < w.to_ns and (w.version = '' or r.version in ('', w.version))
      group by w.place`,
    values,
  );
  for (const [place, requests, quantilesMs] of result.getRowsJS())
    measures[Number(place)] = { requests: Number(requests), quantilesMs: quantilesMs as number[] };
  return measures;
}

/** Requests that started in a range, of open and closed segments, with their duration as `ms`: never less than nothing. */
function requestsIn(
  sources: SegmentSources,
  range: HistoryRange,
  columns: string,
  condition = "true",
): string {
  const closed = sources.closed.filter(
    ({ spans }) =>
      spans.rows > 0 && spans.earliestMs < range.toMs + spreadMs && spans.latestMs >= range.fromMs - spreadMs,
  );
  const requestFiles = closed.filter((segment) => segment.hasRequestFile).map(requestPath);
  const spanFiles = filesOf(
    closed.filter((segment) => !segment.hasRequestFile),
    "spans",
  );
  const froms = sources.catalogs.map((catalog) => requestsOfSpansSql(`${catalog}.spans_view`, "numbers"));
  if (spanFiles !== undefined) froms.push(requestsOfSpansSql(spanFiles, "hex"));
  if (requestFiles.length > 0) froms.push(`select * from ${toParquetList(requestFiles)}`);
  const selects = froms.map(
    (from) => `select ${endpointColumns}, ${columns}, duration_ns::double / 1e6 as ms from (${from})
      where start_ns >= ${toNano(range.fromMs)} and start_ns < ${toNano(range.toMs)} and ${condition}`,
  );
  return selects.join(" union all ");
}

/** Names as parameters of a statement: four for each endpoint, in the order of `endpointColumns`. */
function bindEndpoints(endpoints: readonly HistoryEndpoint[]): {
  readonly names: readonly (readonly string[])[];
  readonly values: Record<string, string>;
} {
  const values: Record<string, string> = {};
  const names = endpoints.map(({ environment, namespace, service, route }, at) =>
    [environment, namespace, service, route].map((value, part) => {
      values[`e${at}_${part}`] = value;
      return `$e${at}_${part}`;
    }),
  );
  return { names, values };
}

/** Thins out the rows before the exact join: a list for one column is looked up in its dictionary, a list of tuples row by row. */
function oneOfEach(names: readonly (readonly string[])[]): string {
  const list = (part: number): string => names.map((row) => row[part]).join(", ");
  return `service in (${list(2)}) and route in (${list(3)})`;
}

function toEndpoint(row: readonly unknown[]): HistoryEndpoint {
  const [environment, namespace, service, route] = row.map(String);
  return {
    environment: environment ?? "",
    namespace: namespace ?? "",
    service: service ?? "",
    route: route ?? "",
  };
}

function toTraceId({ high, low }: { readonly high: bigint; readonly low: bigint }): string {
  return [high, low].map((half) => half.toString(16).padStart(16, "0")).join("");
}
