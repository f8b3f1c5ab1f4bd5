import { createLogger } from "@kontor/kit/logger";
import { postgresEnvironment, toPostgresOptions } from "@kontor/kit/postgres";
import { integerVariable, readEnvironment, serviceEnvironment } from "@kontor/kit/read-environment";
import { runService } from "@kontor/kit/run-service";
import { z } from "zod";
import { observerEnvironment, toEnvironmentOptions } from "./cli/observer-environment.ts";
import { returnMemoryEarly } from "./cli/observer-process.ts";
import { openObserver } from "./open-observer.ts";

const environment = z.object({
  ...serviceEnvironment(8010),
  ...postgresEnvironment,
  ...observerEnvironment,
  OTLP_PORT: integerVariable(0, 65_535).default(4318),
  OBSERVER_CONFIG: z.string().default("observer_config.json"),
  OBSERVER_DATA: z.string().default(".kontor/observer"),
  BUS_URL: z.string().optional(),
});

returnMemoryEarly(process.env);
await runService(async (resources) => {
  const config = readEnvironment(environment, process.env);
  const logger = createLogger({ service: "observer", level: config.LOG_LEVEL });
  const { http, otlpUrl } = await openObserver(
    {
      configurationPath: config.OBSERVER_CONFIG,
      environment: process.env,
      dataDirectory: config.OBSERVER_DATA,
      host: config.HOST,
      port: config.PORT,
      otlpPort: config.OTLP_PORT,
      version: config.SERVICE_VERSION,
      postgres: toPostgresOptions(config),
      busUrl: config.BUS_URL,
      ...(await toEnvironmentOptions(config)),
      logger,
    },
    resources,
  );
  logger.info({ url: http.url, otlpUrl }, "listening");
});
