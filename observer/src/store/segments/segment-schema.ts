import {
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  INTEGER,
  UBIGINT,
  UINTEGER,
  UTINYINT,
  VARCHAR,
} from "@duckdb/node-api";

interface Table {
  readonly name: string;
  readonly types: readonly DuckDBType[];
  readonly columns: readonly string[];
}

function table(name: string, columns: Readonly<Record<string, DuckDBType>>): Table {
  return { name, columns: Object.keys(columns), types: Object.values(columns) };
}

/** The tables of an open segment. Ids are numbers and senders are stored once, because that is what makes appending cheap. */
export const tables = {
  senders: table("senders", {
    id: INTEGER,
    service: VARCHAR,
    namespace: VARCHAR,
    environment: VARCHAR,
    instance: VARCHAR,
    version: VARCHAR,
    resource: VARCHAR,
    scope: VARCHAR,
  }),
  metrics: table("metrics", {
    id: INTEGER,
    name: VARCHAR,
    description: VARCHAR,
    unit: VARCHAR,
    kind: VARCHAR,
    temporality: VARCHAR,
    monotonic: BOOLEAN,
  }),
  spans: table("spans", {
    trace_high: UBIGINT,
    trace_low: UBIGINT,
    span_number: UBIGINT,
    parent_number: UBIGINT,
    sender: INTEGER,
    name: VARCHAR,
    route: VARCHAR,
    kind_code: UTINYINT,
    status_code: UTINYINT,
    flags: UINTEGER,
    start_ns: UBIGINT,
    end_ns: UBIGINT,
    received_ms: UBIGINT,
    attributes: VARCHAR,
    extras: VARCHAR,
  }),
  points: table("points", {
    sender: INTEGER,
    metric: INTEGER,
    start_ns: UBIGINT,
    time_ns: UBIGINT,
    received_ms: UBIGINT,
    flags: UINTEGER,
    value: DOUBLE,
    attributes: VARCHAR,
    detail: VARCHAR,
    exemplars: VARCHAR,
  }),
  logs: table("logs", {
    sender: INTEGER,
    trace_high: UBIGINT,
    trace_low: UBIGINT,
    span_number: UBIGINT,
    time_ns: UBIGINT,
    observed_ns: UBIGINT,
    received_ms: UBIGINT,
    severity_number: UTINYINT,
    severity_text: VARCHAR,
    event_name: VARCHAR,
    flags: UINTEGER,
    dropped_attributes: UINTEGER,
    body: VARCHAR,
    attributes: VARCHAR,
  }),
  rollups: table("rollups", {
    minute_ms: UBIGINT,
    name: VARCHAR,
    environment: VARCHAR,
    namespace: VARCHAR,
    service: VARCHAR,
    route: VARCHAR,
    count: DOUBLE,
    failed: DOUBLE,
    sum_ms: DOUBLE,
    value: DOUBLE,
    bounds: VARCHAR,
    counts: VARCHAR,
  }),
} as const;

/** Kinds of record that have a Parquet file of their own in a closed segment. */
export const recordKinds = ["spans", "points", "logs"] as const;
export type RecordKind = (typeof recordKinds)[number];

const senderColumns = "service, namespace, environment, instance, version, resource, scope";
const traceId = "printf('%016x%016x', trace_high, trace_low)";
const kindNames = "['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'][kind_code + 1]";
const statusNames = "['unset', 'ok', 'error'][status_code + 1]";

/**
 * What readers see, of open and closed segments alike: one row per record with everything in it, ids in hex, as the Parquet files
 * have it. `trace_high` and `trace_low` are there in open segments only, where they are how a trace is found.
 */
const views: Readonly<Record<RecordKind, string>> = {
  spans: `select trace_high, trace_low, ${traceId} as trace_id, printf('%016x', span_number) as span_id,
      case when parent_number = 0 then '' else printf('%016x', parent_number) end as parent_span_id,
      service, namespace, environment, instance, version, spans.name, route,
      ${kindNames} as kind, ${statusNames} as status,
      (parent_number = 0 or kind_code in (2, 5)) as is_entry, flags, start_ns, end_ns, received_ms,
      attributes, extras, resource, scope
    from spans join senders on spans.sender = senders.id`,
  points: `select ${senderColumns}, metrics.name as metric, description, unit, metrics.kind, temporality, monotonic,
      start_ns, time_ns, received_ms, flags, value, attributes, detail, exemplars
    from points join senders on points.sender = senders.id join metrics on points.metric = metrics.id`,
  logs: `select trace_high, trace_low,
      case when trace_high = 0 and trace_low = 0 then '' else ${traceId} end as trace_id,
      case when span_number = 0 then '' else printf('%016x', span_number) end as span_id, ${senderColumns},
      time_ns, observed_ns, received_ms, severity_number, severity_text, event_name, flags, dropped_attributes,
      body, attributes
    from logs join senders on logs.sender = senders.id`,
};

/** Statements that make an empty segment in an attached database. */
export function createSegmentSql(catalog: string): string[] {
  const statements = Object.values(tables).map(({ name, columns, types }) => {
    const list = columns.map((column, index) => `${column} ${types[index]}`);
    return `create table ${catalog}.${name} (${list.join(", ")})`;
  });
  const made = recordKinds.map(
    (kind) => `create view ${catalog}.${kind}_view as ${qualified(views[kind], catalog)}`,
  );
  return [...statements, ...made, `create table ${catalog}.position (number double, hour varchar)`];
}

/** Names in a view are resolved where it is read, so they carry the name of their database. */
function qualified(select: string, catalog: string): string {
  return select.replace(/\b(from|join) (spans|points|logs|senders|metrics)\b/g, `$1 ${catalog}.$2 as $2`);
}

/** The statement that writes the rollups of an open segment as a Parquet file. */
export function exportRollupsSql(catalog: string, path: string): string {
  return `copy (select * from ${catalog}.rollups order by name, service, route, minute_ms)
    to '${path.replaceAll("'", "''")}' (format parquet, compression zstd)`;
}

/**
 * The statement that writes one kind of an open segment as a Parquet file, in the order of arrival. Sorting by trace would cost more
 * memory than the store may use, and is not needed: the ids of a row group are in its Bloom filter, and in the order of arrival the
 * lowest and highest times of a row group tell at once whether a range touches it.
 */
export function exportSql(catalog: string, kind: RecordKind, path: string): string {
  const hidden = kind === "points" ? "" : "exclude (trace_high, trace_low)";
  return `copy (select * ${hidden} from ${catalog}.${kind}_view)
    to '${path.replaceAll("'", "''")}' (format parquet, compression zstd, row_group_size 20480)`;
}
