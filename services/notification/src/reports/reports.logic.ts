import { toReportMail } from "@kontor/kit/contracts/report-mail";
import { type ReportPayload, reportMessageId, reportThreadId } from "@kontor/kit/contracts/reports";
import type { NewDelivery } from "../deliveries/delivery.ts";
import type { NewNotification } from "../inbox/inbox.schema.ts";

/** Who hears of reports inside the application. */
const ROLES = ["admin", "observer"];

const SEVERITIES: Record<ReportPayload["tone"], NewNotification["severity"]> = {
  ...{ bad: "critical", warn: "warning", good: "good", unknown: "info" },
};

/** One mail with the report to each of its receivers; where it names none, to those of alerts. */
export function toReportDeliveries(report: ReportPayload, alertRecipients: readonly string[]): NewDelivery[] {
  const content = toReportMail(report);
  const recipients = report.recipients.length > 0 ? report.recipients : alertRecipients;
  return [...new Set(recipients)].map((recipient) => ({
    ...content,
    sourceId: report.id,
    recipient,
    kind: "report",
    messageId: reportMessageId(report.id),
    threadId: reportThreadId(report.schedule),
    attachments: report.attachment === null ? [] : [report.attachment],
  }));
}

/** The entry in the inbox. */
export function toReportNotification(report: ReportPayload): NewNotification {
  const costs = report.items.map(({ title, text }) => `${title}: ${text}`);
  return {
    sourceId: report.id,
    roles: ROLES,
    kind: "report",
    severity: SEVERITIES[report.tone],
    threadId: reportThreadId(report.schedule),
    title: toReportMail(report).subject,
    body: [report.headline, ...costs].join("\n\n"),
    url: report.url,
  };
}
