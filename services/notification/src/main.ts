import { busCheck } from "@kontor/kit/bus/bus-check";
import { busEnvironment, openBus } from "@kontor/kit/bus/open-bus";
import { startOutboxRelay } from "@kontor/kit/bus/outbox-relay";
import { authenticationEnvironment, createAuthenticate } from "@kontor/kit/http/authenticate";
import { listen } from "@kontor/kit/http/listen";
import { createLogger } from "@kontor/kit/logger";
import { migrate } from "@kontor/kit/migrate";
import { openPostgres, postgresEnvironment, toPostgresOptions } from "@kontor/kit/postgres";
import { postgresChecks } from "@kontor/kit/postgres-checks";
import { readEnvironment, serviceEnvironment } from "@kontor/kit/read-environment";
import { runService } from "@kontor/kit/run-service";
import { z } from "zod";
import { createNotificationApp } from "./app.ts";
import { startMailer } from "./deliveries/mailer.ts";
import { createSmtp, smtpCheck } from "./deliveries/smtp.ts";
import { subscribeToEvents } from "./subscriptions.ts";
import { startTidying } from "./tidy.ts";

const SCHEMA = "notification";

const environment = z.object({
  ...serviceEnvironment(8005),
  ...postgresEnvironment,
  ...busEnvironment,
  ...authenticationEnvironment,
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: "smtp://host:port or smtps://host:port" }),
  MAIL_FROM: z.string().min(3).default("Kontor <kontor@kontor.example>"),
  ALERT_MAIL_TO: z
    .string()
    .transform((text) => text.split(",").map((address) => address.trim()))
    .pipe(z.array(z.email({ error: "mail addresses, separated by commas" })).min(1)),
});

await runService(async (resources) => {
  const config = readEnvironment(environment, process.env);
  const logger = createLogger({ service: "notification", level: config.LOG_LEVEL });
  const postgres = toPostgresOptions(config);
  const directory = new URL("../migrations/", import.meta.url);
  await migrate({ database: postgres, schema: SCHEMA, directory, log: (line) => logger.info(line) });
  const db = resources.use(
    openPostgres({ ...postgres, max: config.POSTGRES_POOL_MAX, applicationName: "notification" }),
  );
  const smtp = resources.use(createSmtp({ url: config.SMTP_URL, from: config.MAIL_FROM }));
  resources.use(startTidying(db, logger));
  resources.use(startMailer({ db, schema: SCHEMA, smtp, logger }));
  const bus = resources.use(await openBus({ url: config.BUS_URL, applicationName: "notification", logger }));
  resources.use(startOutboxRelay({ db, schema: SCHEMA, bus, logger }));
  await subscribeToEvents(bus, db, { alertRecipients: config.ALERT_MAIL_TO });
  const authenticate = createAuthenticate({
    jwksUrl: config.JWKS_URL,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
  });
  const health = [...postgresChecks(db), busCheck(bus), smtpCheck(smtp)];
  const app = createNotificationApp({ version: config.SERVICE_VERSION, db, logger, authenticate, health });
  const http = resources.use(await listen(app, { port: config.PORT, host: config.HOST }));
  logger.info({ url: http.url }, "listening");
});
