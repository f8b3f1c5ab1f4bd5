import { type Database, inTransaction, readSqlState } from "@kontor/kit/postgres";
import type { AlertRecord } from "../alerts/journal/alert-record.ts";
import { upsertAlerts } from "./alerts.ts";
import { insertAudit } from "./audit.ts";
import { type FinishedDelivery, finishDeliveries, insertDeliveries } from "./deliveries.ts";
import { upsertSilences } from "./silences.ts";
import { insertTransitions } from "./transitions.ts";

export interface Claim {
  /** Names the observer that sends; another one with the same name goes on for it. */
  readonly owner: string;
  /** How long pending messages stay its own when it falls silent. */
  readonly leaseSeconds: number;
}

/** Tells the database what the alert journal says, in one transaction. Told some of it twice, it stores it once. */
export async function storeAlertRecords(
  db: Database,
  records: readonly AlertRecord[],
  claim: Claim,
): Promise<void> {
  const transitions = records.flatMap((record) => (record.kind === "transition" ? [record.transition] : []));
  const alerts = records.flatMap((record) => {
    if (record.kind === "transition") return [record.transition.alert];
    return record.kind === "alert" ? [record.alert] : [];
  });
  const notifications = records.flatMap((record) =>
    record.kind === "notification" ? [record.notification] : [],
  );
  const finished = records.filter(
    (record): record is AlertRecord & { kind: "delivery" } => record.kind === "delivery",
  );
  const silences = records.flatMap((record) => (record.kind === "silence" ? [record.silence] : []));
  const entries = records.flatMap((record) => (record.kind === "audit" ? [record.entry] : []));
  await inTransaction(db, async (tx) => {
    await insertTransitions(tx, transitions);
    await upsertAlerts(tx, alerts);
    await insertDeliveries(tx, notifications, claim.owner, claim.leaseSeconds);
    await finishDeliveries(tx, lastOfEach(finished));
    await upsertSilences(tx, silences);
    await insertAudit(tx, entries);
  });
}

/** One row can be updated once by a statement: the last word counts. */
function lastOfEach(finished: readonly FinishedDelivery[]): FinishedDelivery[] {
  return [...new Map(finished.map((one) => [`${one.notificationId}|${one.receiver}`, one])).values()];
}

const refusedClasses = new Set(["22", "23", "54"]);

/** Whether the database looked at the data and will never take it: bad data, a broken constraint, a limit of the program. */
export function isRefusedByPostgres(error: unknown): boolean {
  return refusedClasses.has(readSqlState(error)?.slice(0, 2) ?? "");
}
