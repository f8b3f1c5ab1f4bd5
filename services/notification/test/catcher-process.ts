import { startProcess } from "@kontor/kit/testing/start-process";

export type CaughtMail = {
  messageId: string;
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  attachments: { name: string; contentType: string; bytes: number }[];
  repeats: number;
};

export type Catcher = AsyncDisposable & {
  smtpPort: number;
  smtpUrl: string;
  /** Oldest first. */
  mails(): Promise<CaughtMail[]>;
};

/** The mail catcher as a process of its own, as users run it. */
export async function startCatcher(smtpPort = 0): Promise<Catcher> {
  const main = new URL("../../mail-catcher/src/main.ts", import.meta.url);
  const catcher = startProcess(main, { env: { PORT: "0", SMTP_PORT: String(smtpPort) } });
  const [, http, smtpUrl = ""] = await catcher.waitFor(/"http":"([^"]+)","smtp":"([^"]+)"/);
  return {
    smtpPort: Number(new URL(smtpUrl).port),
    smtpUrl,
    async mails() {
      const response = await fetch(`${http}/api/messages?limit=1000`);
      const { messages } = (await response.json()) as { messages: CaughtMail[] };
      return messages.reverse();
    },
    [Symbol.asyncDispose]: () => catcher[Symbol.asyncDispose](),
  };
}
