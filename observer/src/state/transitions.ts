import type { Queryable } from "@kontor/kit/postgres";
import type { Alert, AlertState, AlertTransition } from "../alerts/alert.ts";
import { toMs, toTime } from "./time.ts";

interface TransitionRow {
  readonly id: string;
  readonly from_state: AlertState;
  readonly to_state: AlertState;
  readonly at: Date;
  readonly configuration_hash: string;
  readonly source: string;
  readonly alert: Alert;
}

export interface TransitionFilter {
  readonly fingerprint?: string | undefined;
  readonly service?: string | undefined;
  /** Inclusive and exclusive, ms since the epoch. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** 1..1000 */
  readonly limit: number;
}

/** Adds changes of state; those that are stored already are passed over. */
export async function insertTransitions(
  db: Queryable,
  transitions: readonly AlertTransition[],
): Promise<void> {
  if (transitions.length === 0) return;
  await db.query({
    name: "transitions.insert",
    text: `insert into observer.transitions (id, fingerprint, from_state, to_state, at, rule, service, endpoint, severity, observed,
             limit_value, unit, revision, configuration_hash, source, alert)
           select id, fingerprint, from_state, to_state, at, rule, service, endpoint, severity, observed,
             limit_value, unit, revision, configuration_hash, source, alert
             from jsonb_to_recordset($1::jsonb) as given (id uuid, fingerprint text, from_state text, to_state text, at timestamptz,
               rule text, service text, endpoint text, severity text, observed double precision, limit_value double precision,
               unit text, revision bigint, configuration_hash text, source text, alert jsonb)
           on conflict (id) do nothing`,
    values: [JSON.stringify(transitions.map(toRow))],
  });
}

/** Changes of state, newest first. */
export async function listTransitions(db: Queryable, filter: TransitionFilter): Promise<AlertTransition[]> {
  const { rows } = await db.query<TransitionRow>({
    name: "transitions.list",
    text: `select id, from_state, to_state, at, configuration_hash, source, alert from observer.transitions
            where ($1::text is null or fingerprint = $1) and ($2::text is null or service = $2)
              and at >= coalesce($3, '-infinity'::timestamptz) and at < coalesce($4, 'infinity'::timestamptz)
            order by at desc, revision desc, id limit $5`,
    values: [
      filter.fingerprint ?? null,
      filter.service ?? null,
      toTime(filter.fromMs),
      toTime(filter.toMs),
      filter.limit,
    ],
  });
  return rows.map(toTransition);
}

/**
 * The changes since which each firing, silent or unreadable alert is so, oldest first: what began, and where it recovers or fired again
 * meanwhile.
 */
export async function listOpenTransitions(db: Queryable): Promise<AlertTransition[]> {
  const { rows } = await db.query<TransitionRow>({
    name: "transitions.list_open",
    text: `select t.id, t.from_state, t.to_state, t.at, t.configuration_hash, t.source, t.alert
             from observer.alerts a
             join observer.transitions t on t.fingerprint = a.fingerprint
            where a.state in ('firing', 'recovering', 'noData', 'error')
              and t.revision >= (select max(o.revision) from observer.transitions o
                                  where o.fingerprint = a.fingerprint and o.to_state in ('firing', 'noData', 'error')
                                    and o.from_state <> 'recovering')
            order by t.revision`,
  });
  return rows.map(toTransition);
}

function toRow({
  id,
  alert,
  from,
  to,
  atMs,
  configurationHash,
  source,
}: AlertTransition): Record<string, unknown> {
  return {
    id,
    fingerprint: alert.fingerprint,
    from_state: from,
    to_state: to,
    at: toTime(atMs),
    rule: alert.rule,
    service: alert.subject.service,
    endpoint: alert.subject.route ?? null,
    severity: alert.severity,
    observed: alert.observed ?? null,
    limit_value: alert.limit,
    unit: alert.unit,
    revision: alert.revision,
    configuration_hash: configurationHash,
    source,
    alert,
  };
}

function toTransition(row: TransitionRow): AlertTransition {
  return {
    id: row.id,
    alert: row.alert,
    from: row.from_state,
    to: row.to_state,
    atMs: toMs(row.at),
    configurationHash: row.configuration_hash,
    source: row.source,
  };
}
