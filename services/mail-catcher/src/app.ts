import { createApp } from "@kontor/kit/http/create-app";
import type { Logger } from "@kontor/kit/logger";
import type { Express } from "express";
import type { MailFiles } from "./mailbox/mail-files.ts";
import { mailboxRoutes } from "./mailbox/mailbox.routes.ts";
import type { Mailbox } from "./mailbox/mailbox.ts";
import { addPages } from "./pages/pages.ts";

export type MailCatcherParts = {
  version: string;
  logger: Logger;
  mailbox: Mailbox;
  files: MailFiles;
  /** Where mails are sent to, for people to read: `smtp://127.0.0.1:1025`. */
  smtp: string;
};

/** The HTTP side of the mail catcher. */
export function createMailCatcherApp(parts: MailCatcherParts): Express {
  const { version, logger, mailbox, files, smtp } = parts;
  return createApp({
    service: "mail-catcher",
    version,
    logger,
    routes: mailboxRoutes(mailbox),
    health: [
      {
        name: "mailbox:messages",
        componentType: "component",
        observe: async () => ({ observedValue: mailbox.size, observedUnit: "message", status: "pass" }),
      },
    ],
    openApi: { title: "Kontor mail catcher" },
    raw: (app) => addPages(app, mailbox, { smtp, source: (id) => files.read(id) }),
  });
}
