import { busCheck } from "@kontor/kit/bus/bus-check";
import { busEnvironment, openBus } from "@kontor/kit/bus/open-bus";
import { startOutboxRelay } from "@kontor/kit/bus/outbox-relay";
import { authenticationEnvironment, createAuthenticate } from "@kontor/kit/http/authenticate";
import { listen } from "@kontor/kit/http/listen";
import { createLogger } from "@kontor/kit/logger";
import { migrate } from "@kontor/kit/migrate";
import { openPostgres, postgresEnvironment } from "@kontor/kit/postgres";
import { postgresChecks } from "@kontor/kit/postgres-checks";
import { booleanVariable, readEnvironment, serviceEnvironment } from "@kontor/kit/read-environment";
import { runService } from "@kontor/kit/run-service";
import { z } from "zod";
import { createCoreErpApp } from "./app.ts";
import { createFaults } from "./faults/faults.ts";
import { startKeyPruning } from "./idempotency/key-pruning.ts";
import { seedDemoData } from "./seed.ts";

const SCHEMA = "core_erp";

const environment = z.object({
  ...serviceEnvironment(8002),
  ...postgresEnvironment,
  ...busEnvironment,
  ...authenticationEnvironment,
  /** The fault switches under /internal/faults, open to whoever reaches this port: never in production. */
  FAULTS_ENABLED: booleanVariable().default(false),
  /** A demonstration company, once, into a database that has none. */
  SEED_DEMO_DATA: booleanVariable().default(false),
});

// The only file that reads the environment or opens anything. Closed in reverse order on SIGTERM.
await runService(async (resources) => {
  const config = readEnvironment(environment, process.env);
  const logger = createLogger({ service: "core-erp", level: config.LOG_LEVEL });
  const database = {
    host: config.POSTGRES_HOST,
    port: config.POSTGRES_PORT,
    database: config.POSTGRES_DATABASE,
    user: config.POSTGRES_USER,
    password: config.POSTGRES_PASSWORD,
  };
  const directory = new URL("../migrations/", import.meta.url);
  await migrate({ database, schema: SCHEMA, directory, log: (line) => logger.info(line) });
  const db = resources.use(
    openPostgres({
      ...database,
      max: config.POSTGRES_POOL_MAX,
      applicationName: "core-erp",
      onIdleError: (error) => logger.warn({ err: error }, "an idle database connection was lost"),
    }),
  );
  if (config.SEED_DEMO_DATA) await seedDemoData(db, new Date(), logger);
  const bus = resources.use(await openBus({ url: config.BUS_URL, applicationName: "core-erp", logger }));
  resources.use(startOutboxRelay({ db, schema: SCHEMA, bus, logger }));
  resources.use(startKeyPruning(db, logger));
  const faults = resources.use(createFaults(db, logger, { enabled: config.FAULTS_ENABLED }));
  const app = createCoreErpApp({
    version: config.SERVICE_VERSION,
    db,
    logger,
    authenticate: createAuthenticate({
      jwksUrl: config.JWKS_URL,
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
    }),
    health: [...postgresChecks(db), busCheck(bus)],
    faults,
  });
  const server = resources.use(await listen(app, { port: config.PORT, host: config.HOST }));
  logger.info({ url: server.url, faults: config.FAULTS_ENABLED }, "listening");
});
