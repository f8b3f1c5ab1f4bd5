import { z } from "zod";

export const messageSchema = z
  .object({
    id: z.string(),
    /** As the sender wrote it, with angle brackets; empty when there was none. */
    messageId: z.string(),
    from: z.string(),
    /** Every receiver of the envelope, so also those who are not named in the headers. */
    to: z.array(z.string()),
    subject: z.string(),
    text: z.string(),
    /** Empty for a mail without an HTML part. */
    html: z.string(),
    attachments: z.array(z.object({ name: z.string(), contentType: z.string(), bytes: z.int() })),
    receivedAt: z.iso.datetime(),
    /** How often the same mail came again and was dropped. */
    repeats: z.int(),
  })
  .meta({ id: "Message" });

export type Message = z.infer<typeof messageSchema>;
