import type { Queryable } from "@kontor/kit/postgres";
import type { Alert, AlertFinding, AlertState, Severity } from "../alerts/alert.ts";
import { toMs, toTime } from "./time.ts";

interface AlertRow {
  readonly fingerprint: string;
  readonly rule: string;
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly endpoint: string | null;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly observed: number | null;
  readonly worst: number | null;
  readonly limit_value: number;
  readonly unit: string;
  readonly since: Date;
  readonly pending_since: Date | null;
  readonly fired_at: Date | null;
  readonly resolved_at: Date | null;
  readonly reason: string | null;
  readonly findings: readonly AlertFinding[];
  readonly trace_ids: readonly string[];
  readonly revision: number;
  readonly configuration_hash: string;
}

const columns = `fingerprint, rule, environment, namespace, service, endpoint, severity, state, observed, worst, limit_value, unit,
  since, pending_since, fired_at, resolved_at, reason, findings, trace_ids, revision, configuration_hash`;

export interface AlertFilter {
  readonly service?: string | undefined;
  readonly rule?: string | undefined;
  readonly states?: readonly AlertState[] | undefined;
  /** 1..1000 */
  readonly limit: number;
}

/**
 * Stores alerts as they are now. A row with a greater revision stays; an equal one is replaced, because findings are attached without a
 * new revision.
 *
 * @param alerts of several with one fingerprint, the newest is stored
 */
export async function upsertAlerts(db: Queryable, alerts: readonly Alert[]): Promise<void> {
  const newest = new Map<string, Alert>();
  for (const alert of alerts) {
    const known = newest.get(alert.fingerprint);
    if (known === undefined || known.revision <= alert.revision) newest.set(alert.fingerprint, alert);
  }
  if (newest.size === 0) return;
  // In one order everywhere, so that two writers wait for each other instead of deadlocking.
  const rows = [...newest.values()].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)).map(toRow);
  await db.query({
    name: "alerts.upsert",
    text: `insert into observer.alerts as known (${columns})
           select ${columns} from jsonb_to_recordset($1::jsonb) as given (fingerprint text, rule text, environment text,
             namespace text, service text, endpoint text, severity text, state text, observed double precision, worst double precision,
             limit_value double precision, unit text, since timestamptz, pending_since timestamptz, fired_at timestamptz,
             resolved_at timestamptz, reason text, findings jsonb, trace_ids text[], revision bigint, configuration_hash text)
           on conflict (fingerprint) do update set
             (severity, state, observed, worst, limit_value, unit, since, pending_since, fired_at, resolved_at, reason, findings,
              trace_ids, revision, configuration_hash)
             = (excluded.severity, excluded.state, excluded.observed, excluded.worst, excluded.limit_value, excluded.unit, excluded.since,
                excluded.pending_since, excluded.fired_at, excluded.resolved_at, excluded.reason, excluded.findings,
                excluded.trace_ids, excluded.revision, excluded.configuration_hash)
           where known.revision <= excluded.revision`,
    values: [JSON.stringify(rows)],
  });
}

/** Alerts that are not inactive, newest change first. Asked for inactive ones by `states`, it lists them too. */
export async function listAlerts(db: Queryable, filter: AlertFilter): Promise<Alert[]> {
  const { rows } = await db.query<AlertRow>({
    name: "alerts.list",
    text: `select ${columns} from observer.alerts
            where ($1::text is null or service = $1) and ($2::text is null or rule = $2)
              and case when $3::text[] is null then state <> 'inactive' else state = any($3) end
            order by since desc, fingerprint limit $4`,
    values: [filter.service ?? null, filter.rule ?? null, filter.states ?? null, filter.limit],
  });
  return rows.map(toAlert);
}

/** @returns undefined for an unknown fingerprint */
export async function getAlert(db: Queryable, fingerprint: string): Promise<Alert | undefined> {
  const { rows } = await db.query<AlertRow>({
    name: "alerts.get",
    text: `select ${columns} from observer.alerts where fingerprint = $1`,
    values: [fingerprint],
  });
  return rows.map(toAlert)[0];
}

function toRow(alert: Alert): Record<keyof AlertRow, unknown> {
  const { subject } = alert;
  return {
    fingerprint: alert.fingerprint,
    rule: alert.rule,
    environment: subject.environment,
    namespace: subject.namespace,
    service: subject.service,
    endpoint: subject.route ?? null,
    severity: alert.severity,
    state: alert.state,
    observed: alert.observed ?? null,
    worst: alert.worst ?? null,
    limit_value: alert.limit,
    unit: alert.unit,
    since: toTime(alert.sinceMs),
    pending_since: toTime(alert.pendingSinceMs),
    fired_at: toTime(alert.firedAtMs),
    resolved_at: toTime(alert.resolvedAtMs),
    reason: alert.reason ?? null,
    findings: alert.findings,
    trace_ids: alert.traceIds,
    revision: alert.revision,
    configuration_hash: alert.configurationHash,
  };
}

function toAlert(row: AlertRow): Alert {
  const { environment, namespace, service, endpoint } = row;
  return {
    fingerprint: row.fingerprint,
    rule: row.rule,
    subject: { environment, namespace, service, ...(endpoint === null ? {} : { route: endpoint }) },
    severity: row.severity,
    state: row.state,
    observed: row.observed ?? undefined,
    worst: row.worst ?? undefined,
    limit: row.limit_value,
    unit: row.unit,
    sinceMs: toMs(row.since),
    pendingSinceMs: toMs(row.pending_since),
    firedAtMs: toMs(row.fired_at),
    resolvedAtMs: toMs(row.resolved_at),
    reason: row.reason ?? undefined,
    findings: row.findings,
    traceIds: row.trace_ids,
    revision: row.revision,
    configurationHash: row.configuration_hash,
  };
}
