import type { MailContent } from "@kontor/kit/mail-layout";

export type DeliveryKind = "alert" | "order" | "report";

export type DeliveryState = "queued" | "sending" | "sent" | "failed" | "dead";

/** A file in a mail. */
export type DeliveryAttachment = { name: string; contentType: string; base64: string };

/** A mail to be sent to one receiver. */
export type NewDelivery = MailContent & {
  /** Id of the event it tells of. */
  sourceId: string;
  recipient: string;
  kind: DeliveryKind;
  messageId: string;
  /** Message-ID that the mails of one story refer to. */
  threadId: string;
  attachments?: readonly DeliveryAttachment[];
};

/** A mail somebody has taken in hand to send it. */
export type ClaimedDelivery = NewDelivery & {
  id: string;
  /** This one counted. A later attempt, by whomever, makes the outcome of this one void. */
  attempt: number;
  createdAt: Date;
  headers: { traceparent?: string; tracestate?: string };
};
