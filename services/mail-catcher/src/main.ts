import { listen } from "@kontor/kit/http/listen";
import { createLogger } from "@kontor/kit/logger";
import { integerVariable, readEnvironment, serviceEnvironment } from "@kontor/kit/read-environment";
import { runService } from "@kontor/kit/run-service";
import { z } from "zod";
import { createMailCatcherApp } from "./app.ts";
import { createMemoryFiles, openMailFiles } from "./mailbox/mail-files.ts";
import { Mailbox } from "./mailbox/mailbox.ts";
import { listenSmtp } from "./smtp.ts";

const environment = z.object({
  ...serviceEnvironment(8025),
  SMTP_PORT: integerVariable(0, 65_535).default(1025),
  /** Mails are kept here over a restart; without it they are not. */
  DATA_DIR: z.string().optional(),
});

await runService(async (resources) => {
  const config = readEnvironment(environment, process.env);
  const logger = createLogger({ service: "mail-catcher", level: config.LOG_LEVEL });
  const files = config.DATA_DIR === undefined ? createMemoryFiles() : await openMailFiles(config.DATA_DIR);
  const mailbox = await Mailbox.open(files);
  const smtp = resources.use(
    await listenSmtp(mailbox, { host: config.HOST, port: config.SMTP_PORT, logger }),
  );
  const address = `smtp://${config.HOST}:${smtp.port}`;
  const app = createMailCatcherApp({
    version: config.SERVICE_VERSION,
    logger,
    mailbox,
    files,
    smtp: address,
  });
  // Open pages hold a stream of events that never ends by itself.
  const http = resources.use(
    await listen(app, { port: config.PORT, host: config.HOST, drainDeadlineMs: 500 }),
  );
  logger.info({ http: http.url, smtp: address }, "listening");
});
