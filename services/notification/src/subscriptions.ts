import type { Bus, EventEnvelope } from "@kontor/kit/bus/bus";
import { injectContext } from "@kontor/kit/bus/bus-telemetry";
import { consume } from "@kontor/kit/bus/consume";
import type { AlertPayload } from "@kontor/kit/contracts/alert-words";
import { alertTransitioned } from "@kontor/kit/contracts/alerts";
import type { EventDefinition } from "@kontor/kit/contracts/define-event";
import { orderCancelled, orderConfirmed, orderPlaced } from "@kontor/kit/contracts/orders";
import { type ReportPayload, reportMade } from "@kontor/kit/contracts/reports";
import type { MailContent } from "@kontor/kit/mail-layout";
import type { Database, Queryable } from "@kontor/kit/postgres";
import { isUpdate, toAlertDeliveries, toAlertNotification } from "./alerts/alerts.logic.ts";
import { queueDelivery } from "./deliveries/deliveries.repo.ts";
import { insertNotification, updateNewestOfThread } from "./inbox/inbox.repo.ts";
import { toOrderCancelledMail, toOrderConfirmedMail, toOrderPlacedMail } from "./orders/order-mails.ts";
import { toOrderDelivery } from "./orders/orders.logic.ts";
import { toReportDeliveries, toReportNotification } from "./reports/reports.logic.ts";

const CONSUMER = "notification";

/** Takes the events people are told of, and puts mails and inbox entries in line: once for each event. */
export async function subscribeToEvents(
  bus: Bus,
  db: Database,
  options: { alertRecipients: readonly string[] },
): Promise<void> {
  await consume(bus, db, alertTransitioned, {
    consumer: CONSUMER,
    handler: (tx, alert) => takeAlert(tx, alert, options.alertRecipients),
  });
  await consume(bus, db, reportMade, {
    consumer: CONSUMER,
    handler: (tx, report) => takeReport(tx, report, options.alertRecipients),
  });
  await subscribeToOrder(bus, db, orderPlaced, toOrderPlacedMail);
  await subscribeToOrder(bus, db, orderConfirmed, toOrderConfirmedMail);
  await subscribeToOrder(bus, db, orderCancelled, toOrderCancelledMail);
}

async function takeAlert(tx: Queryable, alert: AlertPayload, recipients: readonly string[]): Promise<void> {
  for (const delivery of toAlertDeliveries(alert, recipients))
    await queueDelivery(tx, delivery, injectContext());
  const notification = toAlertNotification(alert);
  if (notification === undefined) return;
  if (isUpdate(alert) && (await updateNewestOfThread(tx, notification))) return;
  await insertNotification(tx, notification);
}

async function takeReport(
  tx: Queryable,
  report: ReportPayload,
  alertRecipients: readonly string[],
): Promise<void> {
  for (const delivery of toReportDeliveries(report, alertRecipients))
    await queueDelivery(tx, delivery, injectContext());
  await insertNotification(tx, toReportNotification(report));
}

async function subscribeToOrder<Order extends { orderId: string; customerEmail: string }>(
  bus: Bus,
  db: Database,
  definition: EventDefinition<Order>,
  toMail: (order: Order) => MailContent,
): Promise<void> {
  await consume(bus, db, definition, {
    consumer: CONSUMER,
    handler: (tx: Queryable, order: Order, event: EventEnvelope) =>
      queueDelivery(tx, toOrderDelivery(event.id, order, toMail(order)), injectContext()),
  });
}
