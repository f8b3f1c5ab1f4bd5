import { openCache } from "@kontor/kit/cache/open-cache";
import { redisCheck } from "@kontor/kit/cache/redis-check";
import { postgresChecks } from "@kontor/kit/health";
import { listen } from "@kontor/kit/http/listen";
import { createLogger } from "@kontor/kit/logger";
import { migrate } from "@kontor/kit/migrate";
import { openPostgres } from "@kontor/kit/postgres";
import { runService } from "@kontor/kit/run-service";
import { createAuthApp } from "./app.ts";
import { attemptLimits, deleteOldAttempts } from "./attempts/attempts.repo.ts";
import { readConfig } from "./config.ts";
import { seedDemoAccounts } from "./demo-accounts.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { createSealer } from "./keys/seal.ts";
import { createSigningKeys } from "./keys/signing-keys.ts";
import { createPasswords } from "./passwords.ts";
import { deleteOldSessions } from "./sessions/sessions.repo.ts";

await runService(async (resources) => {
  const config = readConfig(process.env);
  const logger = createLogger({ service: "auth", level: config.LOG_LEVEL });
  const database = {
    host: config.POSTGRES_HOST,
    port: config.POSTGRES_PORT,
    database: config.POSTGRES_DATABASE,
    user: config.POSTGRES_USER,
    password: config.POSTGRES_PASSWORD,
  };
  await migrate({
    database,
    schema: "auth",
    directory: new URL("../migrations/", import.meta.url),
    log: (line) => logger.info(line),
  });
  const db = resources.use(
    openPostgres({ ...database, max: config.POSTGRES_POOL_MAX, applicationName: "auth" }),
  );
  const cache = resources.use(await openCache({ name: "auth", redisUrl: config.REDIS_URL, logger }));
  const maxAgeSeconds = config.SIGNING_KEY_MAX_AGE_DAYS * 86_400;
  const keys = createSigningKeys(db, createSealer(config.signingKeySecret), logger, { maxAgeSeconds });
  await keys.current();
  const passwords = await createPasswords();
  if (config.DEMO_ACCOUNTS && config.DEMO_PASSWORD !== undefined) {
    await seedDemoAccounts(db, passwords, config.DEMO_PASSWORD);
    logger.warn("demo accounts are open with a known password");
  }
  const jobs = [
    () => keys.rotateWhenOld(),
    () => deleteOldSessions(db),
    () => deleteOldAttempts(db, attemptLimits),
  ];
  resources.use(startHousekeeping(jobs, logger, { intervalMs: 3_600_000 }));
  const app = createAuthApp({
    version: config.SERVICE_VERSION,
    db,
    cache,
    logger,
    health: [
      ...postgresChecks(db),
      ...(config.REDIS_URL === undefined ? [] : [redisCheck(() => cache.ping())]),
    ],
    keys,
    passwords,
    attemptLimits,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
  });
  const listening = resources.use(await listen(app, { port: config.PORT, host: config.HOST }));
  logger.info({ url: listening.url }, "auth is up");
});
