import { startProcess } from "./start-process.ts";

export interface CaughtMail {
  readonly id: string;
  readonly messageId: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly {
    readonly name: string;
    readonly contentType: string;
    readonly bytes: number;
  }[];
  readonly repeats: number;
}

export interface MailCatcher extends AsyncDisposable {
  readonly smtpUrl: string;
  readonly smtpPort: number;
  /** Where people read the mails. */
  readonly url: string;
  /** Oldest first. */
  mails(): Promise<CaughtMail[]>;
}

/** The mail catcher as a process of its own, as users run it. @param smtpPort 0 takes a free one */
export async function startMailCatcher(smtpPort = 0): Promise<MailCatcher> {
  const main = new URL("../../../mail-catcher/src/main.ts", import.meta.url);
  const catcher = startProcess(main, { env: { PORT: "0", SMTP_PORT: String(smtpPort) } });
  const [, url = "", smtpUrl = ""] = await catcher.waitFor(/"http":"([^"]+)","smtp":"([^"]+)"/);
  return {
    smtpUrl,
    smtpPort: Number(new URL(smtpUrl).port),
    url,
    async mails() {
      const response = await fetch(`${url}/api/messages?limit=1000`);
      const { messages } = (await response.json()) as { messages: CaughtMail[] };
      return messages.reverse();
    },
    [Symbol.asyncDispose]: () => catcher[Symbol.asyncDispose](),
  };
}
