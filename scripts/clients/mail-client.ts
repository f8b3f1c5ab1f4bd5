import { z } from "zod";
import { readJson } from "./read-json.ts";

const mail = z.object({
  messageId: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  receivedAt: z.string(),
  repeats: z.number(),
});

export type CaughtMail = z.infer<typeof mail>;

/**
 * What the catcher has received since, oldest first; empty while it does not answer. It keeps the last thousand.
 *
 * @param to only what went to this address; everything when left out
 */
export async function listMails(catcherUrl: string, since: Date, to?: string): Promise<CaughtMail[]> {
  const query = new URLSearchParams({ limit: "1000", since: since.toISOString(), ...(to && { to }) });
  const answer = await readJson(`${catcherUrl}/api/messages?${query}`, z.object({ messages: z.array(mail) }));
  return (answer?.messages ?? []).toReversed();
}
