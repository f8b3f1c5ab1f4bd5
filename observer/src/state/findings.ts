import type { Queryable } from "@kontor/kit/postgres";
import type { Finding, FindingState } from "../diagnosis/finding.ts";
import type { TrackedFinding } from "../reports/tracked-finding.ts";
import {
  type FindingRow,
  findingColumns,
  type TrackedRow,
  toTrackedFinding,
  trackedColumns,
} from "./finding-rows.ts";
import { toTime } from "./time.ts";

export interface FindingFilter {
  readonly service?: string | undefined;
  readonly detector?: string | undefined;
  /** All where left out. */
  readonly states?: readonly FindingState[] | undefined;
  /** Ms since the epoch; only what was not seen any more from then on. */
  readonly lastSeenBeforeMs?: number | undefined;
  /** 1..1000 */
  readonly limit: number;
}

/** Largest impact first: most time lost. */
export async function listFindings(db: Queryable, filter: FindingFilter): Promise<TrackedFinding[]> {
  const { rows } = await db.query<TrackedRow>({
    name: "findings.list",
    text: `select ${trackedColumns} from observer.findings
            where ($1::text is null or service = $1) and ($2::text is null or detector = $2)
              and ($3::text[] is null or state = any($3)) and last_seen < coalesce($4, 'infinity'::timestamptz)
            order by total_time_ms desc, fingerprint limit $5`,
    values: [
      filter.service ?? null,
      filter.detector ?? null,
      filter.states ?? null,
      toTime(filter.lastSeenBeforeMs),
      filter.limit,
    ],
  });
  return rows.map(toTrackedFinding);
}

/** @returns undefined for an unknown fingerprint */
export async function getFinding(db: Queryable, fingerprint: string): Promise<TrackedFinding | undefined> {
  const { rows } = await db.query<TrackedRow>({
    name: "findings.get",
    text: `select ${trackedColumns} from observer.findings where fingerprint = $1`,
    values: [fingerprint],
  });
  return rows.map(toTrackedFinding)[0];
}

/** Locks the known ones of these findings until the transaction ends, always in one order. By fingerprint. */
export async function lockFindings(
  tx: Queryable,
  fingerprints: readonly string[],
): Promise<Map<string, TrackedFinding>> {
  const { rows } = await tx.query<TrackedRow>({
    name: "findings.lock",
    text: `select ${trackedColumns} from observer.findings where fingerprint = any($1) order by fingerprint for update`,
    values: [fingerprints],
  });
  return new Map(rows.map((row) => [row.fingerprint, toTrackedFinding(row)]));
}

/** Writes findings whole. What was done about one that is open again is forgotten here; its steps tell it. */
export async function upsertFindings(tx: Queryable, findings: readonly Finding[]): Promise<void> {
  const rows = findings.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)).map(toRow);
  if (rows.length === 0) return;
  await tx.query({
    name: "findings.upsert",
    text: `insert into observer.findings as known (${findingColumns})
           select ${findingColumns} from jsonb_to_recordset($1::jsonb) as given (fingerprint text, detector text, service text,
             route text, place text, title text, state text, state_since timestamptz, occurrences bigint,
             total_time_ms double precision, traces_per_minute double precision, evidence jsonb, statement text,
             recommendation text, expected_gain_ms double precision, first_seen timestamptz, last_seen timestamptz)
           on conflict (fingerprint) do update set
             (state, state_since, occurrences, total_time_ms, traces_per_minute, evidence, statement, recommendation,
              expected_gain_ms, first_seen, last_seen)
             = (excluded.state, excluded.state_since, excluded.occurrences, excluded.total_time_ms, excluded.traces_per_minute,
                excluded.evidence, excluded.statement, excluded.recommendation, excluded.expected_gain_ms, excluded.first_seen,
                excluded.last_seen),
             acknowledged_by = case excluded.state when 'acknowledged' then known.acknowledged_by end,
             acknowledged_reason = case excluded.state when 'acknowledged' then known.acknowledged_reason end,
             acknowledged_at = case excluded.state when 'acknowledged' then known.acknowledged_at end,
             acknowledged_until = case excluded.state when 'acknowledged' then known.acknowledged_until end,
             applied_at = case excluded.state when 'applied' then known.applied_at end,
             applied_version = case excluded.state when 'applied' then known.applied_version end,
             applied_by = case excluded.state when 'applied' then known.applied_by end,
             applied_note = case excluded.state when 'applied' then known.applied_note end,
             effect = case excluded.state when 'applied' then known.effect end`,
    values: [JSON.stringify(rows)],
  });
}

function toRow({ impact, ...finding }: Finding): Record<keyof FindingRow, unknown> {
  return {
    fingerprint: finding.fingerprint,
    detector: finding.detector,
    service: finding.service,
    route: finding.route ?? null,
    place: finding.place,
    title: finding.title,
    state: finding.state,
    state_since: toTime(finding.stateSinceMs),
    occurrences: impact.occurrences,
    total_time_ms: impact.totalTimeMs,
    traces_per_minute: impact.tracesPerMinute,
    evidence: finding.evidence,
    statement: finding.statement ?? null,
    recommendation: finding.recommendation,
    expected_gain_ms: finding.expectedGainMs,
    first_seen: toTime(finding.firstSeenMs),
    last_seen: toTime(finding.lastSeenMs),
  };
}
