import { toAlertMail } from "@kontor/kit/contracts/alert-mail";
import { alertMessageId, alertThreadId } from "@kontor/kit/contracts/alerts";
import { createTransport } from "nodemailer";
import type { OutsideLinks } from "../outside-links.ts";
import { toAlertEvent } from "./alert-event.ts";
import { DeliveryRefused, type Receiver } from "./receiver.ts";

export interface SmtpReceiverOptions {
  readonly name: string;
  /** `smtp://127.0.0.1:1025`, `smtps://user:password@mail.example.com`. */
  readonly url: string;
  readonly from: string;
  /** One address or several, separated by commas. */
  readonly to: string;
  readonly publicUrl: string;
  readonly outside?: OutsideLinks | undefined;
  /** Longest wait for the server to connect, to greet and to answer; default 5 s. */
  readonly waitMsMax?: number;
}

/** Sends alerts as mail, by a connection of its own each: they are few, and a kept connection may be dead when it is needed. */
export function createSmtpReceiver(options: SmtpReceiverOptions): Receiver {
  const waitMs = options.waitMsMax ?? 5_000;
  const transport = createTransport({
    url: options.url,
    connectionTimeout: waitMs,
    greetingTimeout: waitMs,
    socketTimeout: waitMs,
    dnsTimeout: waitMs,
  });
  return {
    name: options.name,
    async send(notification, signal) {
      const event = toAlertEvent(notification, options.publicUrl, options.outside);
      const thread = alertThreadId(event.fingerprint);
      try {
        await transport.sendMail({
          from: options.from,
          to: options.to,
          messageId: alertMessageId(notification.id),
          references: thread,
          inReplyTo: thread,
          date: new Date(event.atIso),
          headers: { "Auto-Submitted": "auto-generated", "X-Kontor-Alert": event.fingerprint },
          ...toAlertMail(event),
          signal,
        });
      } catch (error) {
        if (isRefusal(error))
          throw new DeliveryRefused("the mail server refuses the message", { cause: error });
        throw error;
      }
    },
  };
}

/** The message or its recipient is refused for good. A refused login is not: it is mended without touching the message. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !("responseCode" in error) || !("command" in error)) return false;
  const { responseCode, command } = error;
  const isAboutMessage = command === "DATA" || command === "RCPT TO" || command === "MAIL FROM";
  return isAboutMessage && typeof responseCode === "number" && responseCode >= 500;
}
