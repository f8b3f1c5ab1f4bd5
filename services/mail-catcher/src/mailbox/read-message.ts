import { simpleParser } from "mailparser";
import { z } from "zod";
import type { Message } from "./message.ts";

const envelopeSchema = z.object({ from: z.string(), to: z.array(z.string()), receivedAt: z.iso.datetime() });

/** What SMTP tells beside the mail. */
export type Envelope = z.infer<typeof envelopeSchema>;

const HEADER = "X-Catcher-Envelope";

/** A mail as it is kept in a file, its envelope in a header line of ours in front: any mail program can open it. */
export function toStoredMail(envelope: Envelope, raw: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${HEADER}: ${encodeURIComponent(JSON.stringify(envelope))}\r\n`), raw]);
}

/**
 * Reads a stored mail. Whatever a sender sends is a mail: missing parts are empty.
 *
 * @param id its name in the mailbox
 */
export async function readMessage(id: string, stored: Buffer): Promise<Message> {
  const options = { skipTextToHtml: true, skipHtmlToText: true, maxHtmlLengthToParse: 2_000_000 };
  const mail = await simpleParser(stored, options);
  const envelope = readEnvelope(stored);
  return {
    id,
    messageId: mail.messageId ?? "",
    from: mail.from?.text ?? envelope.from,
    to: envelope.to,
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    html: mail.html || "",
    attachments: mail.attachments.map((attachment) => ({
      name: attachment.filename ?? "unnamed",
      contentType: attachment.contentType,
      bytes: attachment.size,
    })),
    receivedAt: envelope.receivedAt,
    repeats: 0,
  };
}

/** Only the first line is ours: a sender may write a header of the same name. */
function readEnvelope(stored: Buffer): Envelope {
  const line = stored.subarray(0, Math.max(0, stored.indexOf("\r\n"))).toString("latin1");
  try {
    return envelopeSchema.parse(JSON.parse(decodeURIComponent(line.slice(HEADER.length + 2))));
  } catch {
    // A mail somebody put into the folder by hand.
    return { from: "", to: [], receivedAt: new Date(0).toISOString() };
  }
}
