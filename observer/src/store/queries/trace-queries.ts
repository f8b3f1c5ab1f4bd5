import type { DuckDBConnection } from "@duckdb/node-api";
import { type ClosedSegment, parquetPath } from "../segments/closed-segment.ts";
import type { RecordKind } from "../segments/segment-schema.ts";
import type { SegmentSources } from "../segments/segment-set.ts";
import type { TraceSearch, TraceSummary } from "../trace-store.ts";
import { type StoredRow, storedColumns, toStoredRows } from "./stored-rows.ts";

/** A trace is looked for in segments that reach this far beyond the range asked for: its spans do not all lie inside. */
const spreadMs = 120_000;

/** All rows of a trace of one kind, over open and closed segments. */
export async function selectTrace(
  connection: DuckDBConnection,
  sources: SegmentSources,
  kind: "spans" | "logs",
  traceId: string,
): Promise<StoredRow[]> {
  if (!/^[0-9a-f]{32}$/.test(traceId)) return [];
  const high = BigInt(`0x${traceId.slice(0, 16)}`);
  const low = BigInt(`0x${traceId.slice(16)}`);
  const columns = storedColumns[kind];
  const selects = sources.catalogs.map(
    (catalog) =>
      `select ${columns} from ${catalog}.${kind}_view where trace_high = ${high} and trace_low = ${low}`,
  );
  const files = filesOf(sources.closed, kind);
  if (files !== undefined) selects.push(`select ${columns} from ${files} where trace_id = '${traceId}'`);
  const order = kind === "spans" ? "start_ns, end_ns desc" : "greatest(time_ns, observed_ns)";
  return toStoredRows(
    await connection.runAndReadAll(`select * from (${selects.join(" union all ")}) order by ${order}`),
  );
}

/**
 * Traces by what a person remembers of them. Segments are asked from the newest to the oldest, and no further than needed.
 *
 * A trace matches by one of its entries (its root, and every server and consumer span): service, route and duration are the
 * entry's, so that "GET /api/orders slower than 500 ms" finds what the limit on that route is about.
 */
export async function selectTraceSummaries(
  connection: DuckDBConnection,
  sources: SegmentSources,
  search: TraceSearch,
): Promise<TraceSummary[]> {
  const found = new Map<string, Candidate>();
  const isNewest = (search.order ?? "newest") === "newest";
  for (const source of sourcesNewestFirst(sources, search)) {
    for (const candidate of await selectCandidates(connection, source, search)) {
      const known = found.get(candidate.traceId);
      if (known === undefined || known.rank < candidate.rank) found.set(candidate.traceId, candidate);
    }
    if (isNewest && found.size >= search.limit) break;
  }
  const best = [...found.values()].toSorted((a, b) => b.rank - a.rank).slice(0, search.limit);
  if (best.length === 0) return [];
  const summaries = await selectSummaries(
    connection,
    sources,
    best.map((candidate) => candidate.traceId),
    search,
  );
  return best.flatMap(({ traceId }) => summaries.get(traceId) ?? []);
}

interface Candidate {
  readonly traceId: string;
  /** What the order asks for, larger first: start or duration of the entry, ns. */
  readonly rank: number;
}

async function selectCandidates(
  connection: DuckDBConnection,
  source: string,
  search: TraceSearch,
): Promise<Candidate[]> {
  const conditions = [
    `start_ns between ${toNano(search.fromMs)} and ${toNano(search.toMs)}`,
    ...(search.service === undefined ? [] : ["service = $service"]),
    ...(search.route === undefined ? [] : ["route = $route"]),
    ...(search.minDurationMs === undefined ? [] : [`end_ns >= start_ns + ${toNano(search.minDurationMs)}`]),
    ...(search.maxDurationMs === undefined ? [] : [`end_ns <= start_ns + ${toNano(search.maxDurationMs)}`]),
    // Without service and route it is the root that counts, so that every trace stands for itself.
    ...(search.service === undefined && search.route === undefined ? ["parent_span_id = ''"] : ["is_entry"]),
    ...(search.errorsOnly === true
      ? [`trace_id in (select trace_id from ${source} where status = 'error')`]
      : []),
  ];
  const rank = (search.order ?? "newest") === "newest" ? "start_ns" : "greatest(end_ns, start_ns) - start_ns";
  const values: Record<string, string> = {};
  if (search.service !== undefined) values.service = search.service;
  if (search.route !== undefined) values.route = search.route;
  const result = await connection.runAndReadAll(
    `select trace_id, max(${rank}) as rank from ${source} where ${conditions.join(" and ")}
      group by trace_id order by rank desc limit ${Math.min(Math.max(Math.trunc(search.limit), 1), 1000)}`,
    values,
  );
  return toStoredRows(result).map(([traceId, value]) => ({ traceId: String(traceId), rank: Number(value) }));
}

async function selectSummaries(
  connection: DuckDBConnection,
  sources: SegmentSources,
  traceIds: readonly string[],
  search: TraceSearch,
): Promise<Map<string, TraceSummary>> {
  const ids = traceIds.map((id) => `'${id}'`).join(", ");
  const columns = "trace_id, span_id, parent_span_id, service, name, start_ns, end_ns, status";
  const highs = traceIds.map((id) => BigInt(`0x${id.slice(0, 16)}`)).join(", ");
  const selects = sources.catalogs.map(
    (catalog) =>
      `select ${columns} from ${catalog}.spans_view where trace_high in (${highs}) and trace_id in (${ids})`,
  );
  const files = filesOf(inRange(sources.closed, search), "spans");
  if (files !== undefined) selects.push(`select ${columns} from ${files} where trace_id in (${ids})`);
  const result = await connection.runAndReadAll(
    `select trace_id, arg_min(service, rank), arg_min(name, rank), arg_min(start_ns, rank), arg_min(end_ns, rank),
        min(rank) < 1e30 as has_root, min(start_ns), max(end_ns), count(distinct span_id), count(distinct span_id) filter (status = 'error'), list(distinct service)
      from (select *, start_ns::double + case when parent_span_id = '' then 0 else 1e30 end as rank from (${selects.join(" union all ")}))
      group by trace_id`,
  );
  return new Map(result.getRowsJS().map((row) => toSummary(row)));
}

function toSummary(row: readonly unknown[]): [string, TraceSummary] {
  const [traceId, service, name, rootStart, rootEnd, hasRoot, start, end, spanCount, errorCount, services] =
    row;
  const [from, to] = hasRoot === true ? [rootStart, rootEnd] : [start, end];
  const summary: TraceSummary = {
    traceId: String(traceId),
    rootService: String(service),
    rootName: String(name),
    startMs: Number(from) / 1e6,
    durationMs: Number((to as bigint) - (from as bigint)) / 1e6,
    spanCount: Number(spanCount),
    errorCount: Number(errorCount),
    services: (services as string[]).toSorted(),
  };
  return [summary.traceId, summary];
}

function sourcesNewestFirst(sources: SegmentSources, search: TraceSearch): string[] {
  const open = sources.catalogs.map((catalog) => `${catalog}.spans_view`);
  const closed = inRange(sources.closed, search).map((segment) => `read_parquet('${quoted(segment)}')`);
  return [...closed, ...open].toReversed();
}

function inRange(closed: readonly ClosedSegment[], search: TraceSearch): ClosedSegment[] {
  return closed.filter(
    ({ spans }) =>
      spans.rows > 0 &&
      spans.earliestMs <= search.toMs + spreadMs &&
      spans.latestMs >= search.fromMs - spreadMs,
  );
}

/** The Parquet files of one kind as something to select from, or undefined where there are none. */
export function filesOf(closed: readonly ClosedSegment[], kind: RecordKind): string | undefined {
  const paths = closed
    .filter((segment) => segment[kind].rows > 0)
    .map((segment) => parquetPath(segment, kind));
  return paths.length === 0 ? undefined : toParquetList(paths);
}

/** Parquet files as something to select from. */
export function toParquetList(paths: readonly string[]): string {
  return `read_parquet([${paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(", ")}])`;
}

function quoted(segment: ClosedSegment, kind: RecordKind = "spans"): string {
  return parquetPath(segment, kind).replaceAll("'", "''");
}

/** Finite and not negative, as a whole number of ns for SQL. */
export function toNano(ms: number): bigint {
  return BigInt(Math.round(Math.min(Math.max(ms, 0), 9e12))) * 1_000_000n;
}
