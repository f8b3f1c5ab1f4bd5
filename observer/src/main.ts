import { createLogger } from "@kontor/kit/logger";
import { postgresEnvironment, toPostgresOptions } from "@kontor/kit/postgres";
import { integerVariable, readEnvironment, serviceEnvironment } from "@kontor/kit/read-environment";
import { runService } from "@kontor/kit/run-service";
import { z } from "zod";
import { readHome } from "./engine/read-home.ts";
import { readAccessTokens, readOtlpToken } from "./http/access/access-tokens.ts";
import { openObserver } from "./open-observer.ts";

const environment = z.object({
  ...serviceEnvironment(8010),
  ...postgresEnvironment,
  OTLP_PORT: integerVariable(0, 65_535).default(4318),
  OTLP_TOKEN: z.string().min(16).optional(),
  OTLP_TOKEN_FILE: z.string().optional(),
  OBSERVER_TOKENS_FILE: z.string().optional(),
  OBSERVER_CONFIG: z.string().default("observer_config.json"),
  OBSERVER_DATA: z.string().default(".kontor/observer"),
  BUS_URL: z.string().optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/, error: "smtp://host:port or smtps://host:port" }).optional(),
  MAIL_FROM: z.string().default("Kontor observer <observer@kontor.example>"),
  ALERT_MAIL_TO: z.string().optional(),
  WEBHOOK_URL: z.url().optional(),
  WEBHOOK_SECRET: z.string().optional(),
  HEARTBEAT_URL: z.url().optional(),
  OTEL_RESOURCE_ATTRIBUTES: z.string().default(""),
  PUBLIC_URL: z.url().optional(),
});

await runService(async (resources) => {
  const config = readEnvironment(environment, process.env);
  const logger = createLogger({ service: "observer", level: config.LOG_LEVEL });
  const { SMTP_URL, ALERT_MAIL_TO, WEBHOOK_URL, OBSERVER_TOKENS_FILE } = config;
  const { http, otlpUrl } = await openObserver(
    {
      configurationPath: config.OBSERVER_CONFIG,
      environment: process.env,
      dataDirectory: config.OBSERVER_DATA,
      host: config.HOST,
      port: config.PORT,
      otlpPort: config.OTLP_PORT,
      otlpToken: await readOtlpToken(config.OTLP_TOKEN, config.OTLP_TOKEN_FILE),
      tokens: OBSERVER_TOKENS_FILE === undefined ? undefined : await readAccessTokens(OBSERVER_TOKENS_FILE),
      version: config.SERVICE_VERSION,
      home: readHome(config.OTEL_RESOURCE_ATTRIBUTES),
      postgres: toPostgresOptions(config),
      busUrl: config.BUS_URL,
      addresses: {
        smtp:
          SMTP_URL === undefined || ALERT_MAIL_TO === undefined
            ? undefined
            : { url: SMTP_URL, from: config.MAIL_FROM, to: ALERT_MAIL_TO },
        webhook: WEBHOOK_URL === undefined ? undefined : { url: WEBHOOK_URL, secret: config.WEBHOOK_SECRET },
      },
      heartbeatUrl: config.HEARTBEAT_URL,
      publicUrl: config.PUBLIC_URL?.replace(/\/$/, ""),
      logger,
    },
    resources,
  );
  logger.info({ url: http.url, otlpUrl }, "listening");
});
