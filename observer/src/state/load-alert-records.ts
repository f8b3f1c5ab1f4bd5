import type { Database } from "@kontor/kit/postgres";
import type { Delivery } from "../alerts/delivery/notification.ts";
import type { AlertRecord } from "../alerts/journal/alert-record.ts";
import { listAlerts } from "./alerts.ts";
import { claimDeliveries, listDeliveriesSince } from "./deliveries.ts";
import { listSilences } from "./silences.ts";
import type { Claim } from "./store-alert-records.ts";
import { listOpenTransitions } from "./transitions.ts";

const CLAIM_MAX = 1_000;
const ALERTS_MAX = 1_000;

/**
 * What an observer whose data folder is new has to know to go on: open alerts, what was told of them, messages that nobody sends any
 * more, silences. Seed the journal with it.
 *
 * @param atMs now, ms since the epoch
 */
export async function loadAlertRecords(db: Database, claim: Claim, atMs: number): Promise<AlertRecord[]> {
  const transitions = await listOpenTransitions(db);
  const alerts = await listAlerts(db, { limit: ALERTS_MAX });
  const claimed = await claimDeliveries(db, { ...claim, limit: CLAIM_MAX });
  const [oldest] = transitions;
  const told = oldest === undefined ? [] : await listDeliveriesSince(db, oldest.atMs);
  const silences = await listSilences(db, atMs);
  const isClaimed = new Set(claimed.map(toKey));
  return [
    ...transitions.map((transition): AlertRecord => ({ kind: "transition", transition })),
    ...alerts.map((alert): AlertRecord => ({ kind: "alert", alert })),
    ...told
      .filter((delivery) => !isClaimed.has(toKey(delivery)))
      .flatMap((delivery) => toFinished(delivery, atMs)),
    ...claimed.map((delivery) => toPlanned(delivery)),
    ...silences.map((silence): AlertRecord => ({ kind: "silence", silence })),
  ];
}

function toKey({ notification, receiver }: Delivery): string {
  return `${notification.id}|${receiver}`;
}

function toPlanned({ notification, receiver }: Delivery): AlertRecord {
  return { kind: "notification", notification: { ...notification, receivers: [receiver] } };
}

/** Told, or on its way in other hands: either way not ours to send. */
function toFinished(delivery: Delivery, atMs: number): AlertRecord[] {
  const { notification, receiver } = delivery;
  return [
    toPlanned(delivery),
    { kind: "delivery", notificationId: notification.id, receiver, outcome: "sent", atMs, attempts: 0 },
  ];
}
