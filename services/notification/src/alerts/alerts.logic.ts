import { toAlertMail } from "@kontor/kit/contracts/alert-mail";
import { type AlertPayload, readNews, toSentence, toSubjectLine } from "@kontor/kit/contracts/alert-words";
import { alertMessageId, alertThreadId } from "@kontor/kit/contracts/alerts";
import type { NewDelivery } from "../deliveries/delivery.ts";
import type { NewNotification } from "../inbox/inbox.schema.ts";

/** Who hears of alerts inside the application. */
const ROLES = ["admin", "observer"];

/** @returns one mail to each receiver, none when there is nothing to tell */
export function toAlertDeliveries(alert: AlertPayload, recipients: readonly string[]): NewDelivery[] {
  if (readNews(alert) === "none") return [];
  const content = toAlertMail(alert);
  return recipients.map((recipient) => ({
    ...content,
    sourceId: alert.id,
    recipient,
    kind: "alert",
    messageId: alertMessageId(alert.id),
    threadId: alertThreadId(alert.fingerprint),
  }));
}

/** The entry in the inbox, undefined when there is nothing to tell. */
export function toAlertNotification(alert: AlertPayload): NewNotification | undefined {
  const news = readNews(alert);
  if (news === "none") return undefined;
  const explanations = alert.findings.map(({ title, recommendation }) => `${title}: ${recommendation}`);
  return {
    sourceId: alert.id,
    roles: ROLES,
    kind: "alert",
    severity: news === "resolved" ? "good" : alert.severity,
    threadId: alert.fingerprint,
    title: toSubjectLine(alert),
    body: [toSentence(alert), ...explanations].join("\n\n"),
    url: alert.links.alert,
  };
}

/** News that belong to an entry which is there already, instead of a new one. */
export function isUpdate(alert: AlertPayload): boolean {
  return alert.update !== undefined;
}
