import type { DuckDBConnection } from "@duckdb/node-api";
import type { CallGroup, CallMap, CallParty, CallPeer, CallQuestion } from "../call-history.ts";
import type { SegmentSources } from "../segments/segment-set.ts";
import { filesOf, toNano } from "./trace-queries.ts";

/** A caller may have begun, or a callee may be heard of, so long outside the range. */
const spreadMs = 120_000;

const peerNames = [
  ...["db.system.name", "db.namespace", "messaging.system", "messaging.destination.name"],
  ...["server.address", "server.port", "peer.service"],
];

/**
 * Spans joined with who called them. Both sides carry numbers in place of ids: they are all that memory has to hold of a span that is
 * not at an end of a call. What a row counts is measured where the caller waits, if the caller says so, since a call that never
 * arrived is known there alone.
 */
const callsSql = `
  calls as (select * from spans where kind in ('client', 'producer') and in_range),
  entries as (select * from spans where kind in ('server', 'consumer')),
  answered as (select parent_key, any_value(environment) as to_environment, any_value(namespace) as to_namespace,
      any_value(service) as to_service from entries where kind = 'server' group by parent_key),
  heard as (select origin_key, any_value(environment) as to_environment, any_value(namespace) as to_namespace,
      any_value(service) as to_service from entries where kind = 'consumer' and destination = '' group by origin_key),
  sent as (
    select case when peer_kind = 'broker' then 'publish' else 'request' end as what,
      environment as from_environment, namespace as from_namespace, service as from_service,
      case when peer_kind = 'broker' and destination <> '' then null else coalesce(a.to_environment, h.to_environment) end as to_environment,
      case when peer_kind = 'broker' and destination <> '' then null else coalesce(a.to_namespace, h.to_namespace) end as to_namespace,
      case when peer_kind = 'broker' and destination <> '' then null else coalesce(a.to_service, h.to_service) end as to_service,
      peer_kind, peer_system, peer_name, ms, failed, trace_id, start_ns
    from calls left join answered a on calls.key = a.parent_key left join heard h on calls.key = h.origin_key),
  arrived as (
    select case when e.kind = 'consumer' then 'consume' when p.key is null then 'arrival' else 'request' end as what,
      case when e.kind = 'server' then p.environment end as from_environment,
      case when e.kind = 'server' then p.namespace end as from_namespace,
      case when e.kind = 'server' then p.service end as from_service,
      e.environment as to_environment, e.namespace as to_namespace, e.service as to_service,
      case when e.kind = 'consumer' then 'broker' end as peer_kind,
      case when e.kind = 'consumer' then coalesce(nullif(e.peer_system, ''), p.peer_system, '') end as peer_system,
      case when e.kind = 'consumer' then coalesce(nullif(e.destination, ''), p.destination) end as peer_name,
      e.ms, e.failed, e.trace_id, e.start_ns
    from entries e left join spans p on e.origin_key = p.key
    where e.in_range and case
      when e.kind = 'consumer' then coalesce(nullif(e.destination, ''), nullif(p.destination, '')) is not null
      else p.key is null or (p.kind not in ('client', 'producer') and p.service <> e.service) end),
  counted as (
    select what, from_environment, from_namespace, from_service, to_environment, to_namespace, to_service, peer_kind, peer_system,
      peer_name, floor(ln(greatest(ms, 0.01)) / ln(1.1))::int as stretch, count(*) as calls, count(*) filter (failed) as failed,
      max(ms) as slowest, arg_max(trace_id, ms) as slowest_trace,
      arg_max(trace_id, start_ns) filter (failed) as failed_trace, max(start_ns) filter (failed) as failed_at
    from (select * from sent union all select * from arrived) group by all)
  select what, from_environment, from_namespace, from_service, to_environment, to_namespace, to_service, peer_kind, peer_system, peer_name,
    sum(calls), sum(failed), list(stretch), list(calls), arg_max(slowest_trace, slowest), arg_max(failed_trace, failed_at)
  from counted group by all order by sum(failed) > 0 desc, sum(calls) desc, from_service, to_service, peer_name`;

/** @returns at most `groupsMax` groups, those with failures first, then those with most calls; none where nothing was called */
export async function selectCalls(
  connection: DuckDBConnection,
  sources: SegmentSources,
  question: CallQuestion,
): Promise<CallMap> {
  const froms = fromsOf(sources, question);
  const counts = await connection.runAndReadAll(
    `select sum(spans) from (${froms.map(({ from }) => `select count(*) as spans from ${from} where ${inTime(question)}`).join(" union all ")})`,
  );
  const spans = Number(counts.getRowsJS()[0]?.[0] ?? 0);
  const tracesPerSample = Math.max(1, Math.ceil(spans / question.spansMax));
  const result = await connection.runAndReadAll(
    `with spans as materialized (${froms.map((from) => spansOf(from, question, tracesPerSample)).join(" union all ")}), ${callsSql}
      limit ${Math.trunc(question.groupsMax) + 1}`,
  );
  const rows = result.getRowsJS();
  return {
    groups: rows.slice(0, question.groupsMax).map(toGroup),
    tracesPerSample,
    isCut: rows.length > question.groupsMax,
  };
}

interface From {
  readonly from: string;
  /** A number of a trace that is spread evenly. */
  readonly traceNumber: string;
}

function fromsOf(sources: SegmentSources, question: CallQuestion): From[] {
  const closed = sources.closed.filter(
    ({ spans }) =>
      spans.earliestMs < question.toMs + spreadMs && spans.latestMs >= question.fromMs - spreadMs,
  );
  const files = filesOf(closed, "spans");
  return [
    ...sources.catalogs.map((catalog) => ({ from: `${catalog}.spans_view`, traceNumber: "trace_low" })),
    ...(files === undefined ? [] : [{ from: files, traceNumber: "('0x' || substr(trace_id, 17))::ubigint" }]),
  ];
}

function inTime({ fromMs, toMs }: CallQuestion): string {
  return `start_ns >= ${toNano(fromMs - spreadMs)} and start_ns < ${toNano(toMs + spreadMs)}`;
}

function spansOf({ from, traceNumber }: From, question: CallQuestion, tracesPerSample: number): string {
  const sample = tracesPerSample === 1 ? "" : `and ${traceNumber} % ${tracesPerSample} = 0`;
  const attribute = (name: string): string => `said[${peerNames.indexOf(name) + 1}]`;
  const address = `${attribute("server.address")} || coalesce(':' || ${attribute("server.port")}, '')`;
  const list = peerNames.map((name) => `'$."${name}"'`).join(", ");
  const link = (name: string): string => `json_extract_string(extras, '$.links[0].${name}')`;
  return `select hash(trace_id, span_id) as key, hash(trace_id, parent_span_id) as parent_key,
      case when kind = 'consumer' and linked is not null and (parent_span_id = '' or parent_span_id is null)
        then hash(linked, linked_span) else hash(trace_id, parent_span_id) end as origin_key,
      trace_id, environment, namespace, service, kind, status = 'error' as failed, start_ns,
      start_ns >= ${toNano(question.fromMs)} and start_ns < ${toNano(question.toMs)} as in_range,
      case when end_ns > start_ns then (end_ns - start_ns)::double / 1e6 else 0 end as ms,
      case when ${attribute("messaging.system")} is not null or kind = 'producer' then 'broker'
        when ${attribute("db.system.name")} is not null then 'database' else 'external' end as peer_kind,
      coalesce(${attribute("messaging.system")}, ${attribute("db.system.name")}, '') as peer_system,
      coalesce(${attribute("messaging.destination.name")}, '') as destination,
      coalesce(${attribute("messaging.destination.name")}, case when ${attribute("db.system.name")} is not null
        then coalesce(${attribute("db.namespace")}, ${address}) else coalesce(${attribute("peer.service")}, ${address}) end, '') as peer_name
    from (select *,
        case when kind in ('client', 'producer', 'consumer') then json_extract_string(attributes, [${list}]) end as said,
        case when kind = 'consumer' and extras <> '' then ${link("traceId")} end as linked,
        case when kind = 'consumer' and extras <> '' then ${link("spanId")} end as linked_span
      from (select trace_id, span_id, parent_span_id, environment, namespace, service, kind, status, start_ns, end_ns, attributes, extras
        from ${from} where ${inTime(question)} ${sample}))`;
}

function toGroup(row: readonly unknown[]): CallGroup {
  const [what, , , , , , , peerKind, system, name, calls, failed, stretches, counts, slowest, failedTrace] =
    row;
  const times = stretches as readonly number[];
  const callsOf = counts as readonly (number | bigint)[];
  return {
    kind: what as CallGroup["kind"],
    caller: toParty(row.slice(1, 4)),
    callee: toParty(row.slice(4, 7)),
    peer:
      peerKind === null
        ? undefined
        : { kind: peerKind as CallPeer["kind"], system: String(system), name: String(name) },
    calls: Number(calls),
    failed: Number(failed),
    durations: times.map((stretch, at) => [Number(stretch), Number(callsOf[at] ?? 0)] as const),
    slowestTraceId: String(slowest),
    failedTraceId: failedTrace === null ? undefined : String(failedTrace),
  };
}

function toParty([environment, namespace, service]: readonly unknown[]): CallParty | undefined {
  if (service === null || service === undefined) return undefined;
  return { environment: String(environment), namespace: String(namespace), service: String(service) };
}
