import { toEnvelope } from "@kontor/kit/bus/bus";
import { toReportMail } from "@kontor/kit/contracts/report-mail";
import {
  type ReportPayload,
  reportMade,
  reportMessageId,
  reportThreadId,
} from "@kontor/kit/contracts/reports";
import { createTransport } from "nodemailer";
import type { ReceiverAddresses } from "./create-receivers.ts";
import type { LateBus } from "./late-bus.ts";

/** @throws where it is not certain that the report is on its way: it is to be sent again, under the same id */
export type SendReport = (notice: ReportPayload) => Promise<void>;

const waitMs = 15_000;

/**
 * How reports are sent: through the notification service where there is a bus, else as mail by the observer itself.
 *
 * @returns undefined where neither has an address
 */
export function createReportSender(
  bus: Pick<LateBus, "publish"> | undefined,
  smtp: ReceiverAddresses["smtp"],
): SendReport | undefined {
  if (bus !== undefined) {
    return (notice) =>
      bus.publish(toEnvelope(reportMade, notice, { id: notice.id, occurredAt: new Date(notice.madeAt) }));
  }
  return smtp && createMailSender(smtp);
}

function createMailSender({ url, from, to }: NonNullable<ReceiverAddresses["smtp"]>): SendReport {
  const timeouts = {
    connectionTimeout: waitMs,
    greetingTimeout: waitMs,
    socketTimeout: waitMs,
    dnsTimeout: waitMs,
  };
  const transport = createTransport({ url, disableFileAccess: true, disableUrlAccess: true, ...timeouts });
  return async (notice) => {
    const { id, schedule, recipients, attachment, madeAt } = notice;
    const thread = reportThreadId(schedule);
    await transport.sendMail({
      ...{ from, to: recipients.length > 0 ? recipients : to, messageId: reportMessageId(id) },
      ...{ references: thread, inReplyTo: thread, date: new Date(madeAt) },
      headers: { "Auto-Submitted": "auto-generated" },
      ...toReportMail(notice),
      attachments:
        attachment === null
          ? []
          : [
              {
                filename: attachment.name,
                contentType: attachment.contentType,
                content: Buffer.from(attachment.base64, "base64"),
              },
            ],
    });
  };
}
