import { type Database, inTransaction, type Queryable } from "@kontor/kit/postgres";
import type { FollowUp } from "../reports/follow-up.ts";
import type { TrackedFinding } from "../reports/tracked-finding.ts";
import { type TrackedRow, toTrackedFinding, trackedColumns } from "./finding-rows.ts";
import { insertFindingSteps } from "./finding-steps.ts";
import { toTime } from "./time.ts";

export interface Acknowledgement {
  readonly author: string;
  readonly reason: string;
  /** Ms since the epoch; after it a finding that still occurs is reopened. */
  readonly expiresAtMs: number;
}

/** Somebody says that what a finding recommends was done. */
export interface Application {
  readonly author: string;
  readonly note: string | undefined;
  /** The version that brings it, which may come later; undefined for a change without one. */
  readonly version: string | undefined;
  /** When it took effect, ms since the epoch. Left out it is now, and of a version the time of its first telemetry, which may be to come. */
  readonly atMs: number | undefined;
}

/**
 * Accepts a finding for a while, and notes in the audit log who did: it is listed as acknowledged until it occurs after the expiry.
 *
 * @returns the finding afterwards; undefined for an unknown fingerprint
 */
export function acknowledgeFinding(
  db: Database,
  fingerprint: string,
  { author, reason, expiresAtMs }: Acknowledgement,
  nowMs: number,
): Promise<TrackedFinding | undefined> {
  return inTransaction(db, async (tx) => {
    const { rows } = await tx.query<TrackedRow>({
      name: "findings.acknowledge",
      text: `update observer.findings
                set state = 'acknowledged', state_since = $5, acknowledged_at = $5, acknowledged_by = $2, acknowledged_reason = $3,
                    acknowledged_until = $4, applied_at = null, applied_version = null, applied_by = null, applied_note = null,
                    effect = null
              where fingerprint = $1 returning ${trackedColumns}`,
      values: [fingerprint, author, reason, toTime(expiresAtMs), toTime(nowMs)],
    });
    const step = { fingerprint, atMs: nowMs, state: "acknowledged" as const, actor: author, note: reason };
    const until = new Date(expiresAtMs).toISOString();
    await noteChange(tx, rows, step, "findings.acknowledged", { reason, until });
    return rows.map(toTrackedFinding)[0];
  });
}

/**
 * Notes that what a finding recommends was done: from when on it is measured whether it is gone, and what that brought.
 *
 * @returns the finding afterwards; undefined for an unknown fingerprint
 */
export function applyFinding(
  db: Database,
  fingerprint: string,
  { author, note, version, atMs }: Application,
  nowMs: number,
): Promise<TrackedFinding | undefined> {
  const appliedAtMs = atMs ?? (version === undefined ? nowMs : undefined);
  return inTransaction(db, async (tx) => {
    const { rows } = await tx.query<TrackedRow>({
      name: "findings.apply",
      text: `update observer.findings
                set state = 'applied', state_since = $6, applied_at = $5, applied_by = $2, applied_note = $3, applied_version = $4,
                    acknowledged_by = null, acknowledged_reason = null, acknowledged_at = null, acknowledged_until = null, effect = null
              where fingerprint = $1 returning ${trackedColumns}`,
      values: [fingerprint, author, note ?? null, version ?? null, toTime(appliedAtMs), toTime(nowMs)],
    });
    const step = { fingerprint, atMs: nowMs, state: "applied" as const, actor: author, version, note };
    await noteChange(tx, rows, step, "findings.applied", { note: note ?? null, version: version ?? null });
    if (version !== undefined) await noteVersionsOfApplications(tx);
    return rows.map(toTrackedFinding)[0];
  });
}

async function noteChange(
  tx: Queryable,
  changed: readonly unknown[],
  step: Parameters<typeof insertFindingSteps>[1][number],
  action: string,
  detail: object,
): Promise<void> {
  if (changed.length === 0) return;
  await insertFindingSteps(tx, [step]);
  await tx.query({
    name: "audit.note",
    text: "insert into observer.audit (id, at, actor, action, target, detail) values (gen_random_uuid(), $1, $2, $3, $4, $5)",
    values: [toTime(step.atMs), step.actor, action, step.fingerprint, JSON.stringify(detail)],
  });
}

/** What was said to come with a version takes effect with its first telemetry. */
export async function noteVersionsOfApplications(db: Queryable): Promise<void> {
  await db.query({
    name: "findings.note_versions",
    text: `update observer.findings f set applied_at = d.deployed_at
             from (select service, version, min(deployed_at) as deployed_at from observer.deployments group by service, version) d
            where f.state = 'applied' and f.applied_at is null and f.service = d.service and f.applied_version = d.version`,
  });
}

/**
 * Takes a finding a step further, as it was decided of what was known.
 *
 * @param known as it was read: where it occurred or was changed since, nothing is done
 * @returns whether it was changed
 */
export function advanceFinding(db: Database, known: TrackedFinding, followUp: FollowUp): Promise<boolean> {
  const { state, applied, effect, steps, atMs } = followUp;
  return inTransaction(db, async (tx) => {
    const { rowCount } = await tx.query({
      name: "findings.advance",
      text: `update observer.findings
                set state_since = case when state = $2 then state_since else $3 end, state = $2, applied_at = $4, applied_version = $5,
                    applied_by = $6, applied_note = $7, effect = $8,
                    acknowledged_by = null, acknowledged_reason = null, acknowledged_at = null, acknowledged_until = null
              where fingerprint = $1 and state = $9 and state_since = $10 and last_seen = $11`,
      values: [
        known.fingerprint,
        state,
        toTime(atMs),
        toTime(applied?.atMs),
        applied?.version ?? null,
        applied?.by ?? null,
        applied?.note ?? null,
        effect === undefined ? null : JSON.stringify(effect),
        known.state,
        toTime(known.stateSinceMs),
        toTime(known.lastSeenMs),
      ],
    });
    if (rowCount !== 1) return false;
    await insertFindingSteps(
      tx,
      steps.map((step) => ({ ...step, fingerprint: known.fingerprint })),
    );
    return true;
  });
}
