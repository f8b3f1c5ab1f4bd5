import type { Queryable } from "@kontor/kit/postgres";
import { toTime } from "./time.ts";

export interface StateRetention {
  /** Traces older than this are never diagnosed again. Ms since the epoch, as all of these. */
  readonly occurrencesBeforeMs: number;
  readonly transitionsBeforeMs: number;
  readonly deliveriesBeforeMs: number;
  readonly silencesBeforeMs: number;
  readonly reportsBeforeMs: number;
}

/**
 * Removes by age what nobody asks for any more. Alerts, findings, deployments and the audit log stay, pending messages too, and of every
 * alert the changes of its open episode.
 */
export async function removeOldState(db: Queryable, before: StateRetention): Promise<void> {
  await db.query({
    name: "findings.remove_old_occurrences",
    text: "delete from observer.finding_occurrences where seen_at < $1",
    values: [toTime(before.occurrencesBeforeMs)],
  });
  await db.query({
    name: "transitions.remove_old",
    text: `delete from observer.transitions t where at < $1
              and not exists (select from observer.alerts a where a.fingerprint = t.fingerprint
                               and a.state in ('firing', 'recovering', 'noData', 'error'))`,
    values: [toTime(before.transitionsBeforeMs)],
  });
  await db.query({
    name: "deliveries.remove_old",
    text: "delete from observer.deliveries where status <> 'pending' and planned_at < $1",
    values: [toTime(before.deliveriesBeforeMs)],
  });
  await db.query({
    name: "reports.remove_old",
    text: "delete from observer.reports where due_at < $1",
    values: [toTime(before.reportsBeforeMs)],
  });
  await db.query({
    name: "silences.remove_old",
    text: "delete from observer.silences where ends_at < $1",
    values: [toTime(before.silencesBeforeMs)],
  });
}
