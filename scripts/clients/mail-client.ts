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

/** What the catcher has received since, oldest first; empty while it does not answer. */
export async function listMails(catcherUrl: string, since: Date): Promise<CaughtMail[]> {
  const url = `${catcherUrl}/api/messages?limit=1000&since=${encodeURIComponent(since.toISOString())}`;
  const answer = await readJson(url, z.object({ messages: z.array(mail) }));
  return (answer?.messages ?? []).toReversed();
}
