import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { createMailCatcherApp } from "../src/app.ts";
import { createMemoryFiles, type MailFiles } from "../src/mailbox/mail-files.ts";
import { Mailbox, type MailboxLimits } from "../src/mailbox/mailbox.ts";
import { listenSmtp } from "../src/smtp.ts";
import { sendMail, toRaw } from "./send-mail.ts";

const logger = createLogger({ service: "mail-catcher", level: "silent" });

/** A catcher on free ports, as `main.ts` makes one. */
export async function openCatcher(
  files: MailFiles = createMemoryFiles(),
  limits: Partial<MailboxLimits> = {},
) {
  const mailbox = await Mailbox.open(files, limits);
  const smtp = await listenSmtp(mailbox, { host: "127.0.0.1", port: 0, logger });
  const app = createMailCatcherApp({
    version: "1",
    logger,
    mailbox,
    files,
    smtp: `smtp://127.0.0.1:${smtp.port}`,
  });
  const http = await startApp(app);
  return {
    ...http,
    send: (mail: Parameters<typeof toRaw>[0], to = ["a@kontor.example"]) =>
      sendMail(smtp.port, { to, raw: toRaw(mail) }),
    async subjects(query = ""): Promise<string[]> {
      const { body } = await http.request("GET", `/api/messages${query}`);
      return body.messages.map(({ subject }: { subject: string }) => subject);
    },
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      await smtp[Symbol.asyncDispose]();
    },
  };
}
