import type { Queryable } from "@kontor/kit/postgres";
import type { DetectorName, Finding } from "../diagnosis/finding.ts";
import { toMs, toTime } from "./time.ts";

interface FindingRow {
  readonly fingerprint: string;
  readonly detector: DetectorName;
  readonly service: string;
  readonly route: string | null;
  readonly place: string;
  readonly title: string;
  readonly state: Finding["state"];
  readonly occurrences: number;
  readonly total_time_ms: number;
  readonly traces_per_minute: number;
  readonly evidence: Finding["evidence"];
  readonly statement: string | null;
  readonly recommendation: string;
  readonly expected_gain_ms: number;
  readonly first_seen: Date;
  readonly last_seen: Date;
}

const columns = `fingerprint, detector, service, route, place, title, state, occurrences, total_time_ms, traces_per_minute, evidence,
  statement, recommendation, expected_gain_ms, first_seen, last_seen`;

export interface FindingFilter {
  readonly service?: string | undefined;
  readonly detector?: string | undefined;
  readonly state?: Finding["state"] | undefined;
  /** 1..1000 */
  readonly limit: number;
}

export interface Acknowledgement {
  readonly author: string;
  readonly reason: string;
  /** Ms since the epoch; after it a finding that still occurs is open again. */
  readonly expiresAtMs: number;
}

/** Largest impact first: most time lost. */
export async function listFindings(db: Queryable, filter: FindingFilter): Promise<Finding[]> {
  const { rows } = await db.query<FindingRow>({
    name: "findings.list",
    text: `select ${columns} from observer.findings
            where ($1::text is null or service = $1) and ($2::text is null or detector = $2) and ($3::text is null or state = $3)
            order by total_time_ms desc, fingerprint limit $4`,
    values: [filter.service ?? null, filter.detector ?? null, filter.state ?? null, filter.limit],
  });
  return rows.map(toFinding);
}

/** @returns undefined for an unknown fingerprint */
export async function getFinding(db: Queryable, fingerprint: string): Promise<Finding | undefined> {
  const { rows } = await db.query<FindingRow>({
    name: "findings.get",
    text: `select ${columns} from observer.findings where fingerprint = $1`,
    values: [fingerprint],
  });
  return rows.map(toFinding)[0];
}

/**
 * Accepts a finding for a while, and notes in the audit log who did: it is listed as acknowledged until it occurs after the expiry.
 *
 * @returns the finding afterwards; undefined for an unknown fingerprint
 */
export async function acknowledgeFinding(
  db: Queryable,
  fingerprint: string,
  { author, reason, expiresAtMs }: Acknowledgement,
): Promise<Finding | undefined> {
  const { rows } = await db.query<FindingRow>({
    name: "findings.acknowledge",
    text: `with changed as (
             update observer.findings
                set state = 'acknowledged', acknowledged_by = $2, acknowledged_reason = $3, acknowledged_until = $4, acknowledged_at = now()
              where fingerprint = $1 returning ${columns}
           ), noted as (
             insert into observer.audit (id, at, actor, action, target, detail)
             select gen_random_uuid(), now(), $2, 'findings.acknowledged', fingerprint,
                    jsonb_build_object('reason', $3::text, 'until', $4::timestamptz)
               from changed
           )
           select ${columns} from changed`,
    values: [fingerprint, author, reason, toTime(expiresAtMs)],
  });
  return rows.map(toFinding)[0];
}

/** A finding locked for a change, with when its acknowledgement ends. */
export interface LockedFinding {
  readonly finding: Finding;
  readonly acknowledgedUntilMs: number | undefined;
}

/** Locks the known ones of these findings until the transaction ends, always in one order. By fingerprint. */
export async function lockFindings(
  tx: Queryable,
  fingerprints: readonly string[],
): Promise<Map<string, LockedFinding>> {
  const { rows } = await tx.query<FindingRow & { readonly acknowledged_until: Date | null }>({
    name: "findings.lock",
    text: `select ${columns}, acknowledged_until from observer.findings where fingerprint = any($1) order by fingerprint for update`,
    values: [fingerprints],
  });
  return new Map(
    rows.map((row) => [
      row.fingerprint,
      { finding: toFinding(row), acknowledgedUntilMs: toMs(row.acknowledged_until) },
    ]),
  );
}

/** Writes findings whole. The acknowledgement of one that is open again is forgotten. */
export async function upsertFindings(tx: Queryable, findings: readonly Finding[]): Promise<void> {
  const rows = findings
    .toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
    .map(({ impact, ...finding }): Record<keyof FindingRow, unknown> => {
      return {
        fingerprint: finding.fingerprint,
        detector: finding.detector,
        service: finding.service,
        route: finding.route ?? null,
        place: finding.place,
        title: finding.title,
        state: finding.state,
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
    });
  if (rows.length === 0) return;
  await tx.query({
    name: "findings.upsert",
    text: `insert into observer.findings as known (${columns})
           select ${columns} from jsonb_to_recordset($1::jsonb) as given (fingerprint text, detector text, service text, route text,
             place text, title text, state text, occurrences bigint, total_time_ms double precision,
             traces_per_minute double precision, evidence jsonb, statement text, recommendation text,
             expected_gain_ms double precision, first_seen timestamptz, last_seen timestamptz)
           on conflict (fingerprint) do update set
             (state, occurrences, total_time_ms, traces_per_minute, evidence, statement, recommendation, expected_gain_ms,
              first_seen, last_seen)
             = (excluded.state, excluded.occurrences, excluded.total_time_ms, excluded.traces_per_minute, excluded.evidence,
                excluded.statement, excluded.recommendation, excluded.expected_gain_ms, excluded.first_seen, excluded.last_seen),
             acknowledged_by = case excluded.state when 'acknowledged' then known.acknowledged_by end,
             acknowledged_reason = case excluded.state when 'acknowledged' then known.acknowledged_reason end,
             acknowledged_at = case excluded.state when 'acknowledged' then known.acknowledged_at end,
             acknowledged_until = case excluded.state when 'acknowledged' then known.acknowledged_until end`,
    values: [JSON.stringify(rows)],
  });
}

function toFinding(row: FindingRow): Finding {
  return {
    fingerprint: row.fingerprint,
    detector: row.detector,
    service: row.service,
    route: row.route ?? undefined,
    place: row.place,
    title: row.title,
    state: row.state,
    impact: {
      occurrences: row.occurrences,
      totalTimeMs: row.total_time_ms,
      tracesPerMinute: row.traces_per_minute,
    },
    evidence: row.evidence,
    statement: row.statement ?? undefined,
    recommendation: row.recommendation,
    expectedGainMs: row.expected_gain_ms,
    firstSeenMs: toMs(row.first_seen),
    lastSeenMs: toMs(row.last_seen),
  };
}
