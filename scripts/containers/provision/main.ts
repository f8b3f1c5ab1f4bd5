// Makes the database of full mode with its roles and schemas. Run to its end before the services start.

import { AppError } from "@kontor/kit/errors";
import { createLogger } from "@kontor/kit/logger";
import { openPostgres, postgresEnvironment, toPostgresOptions } from "@kontor/kit/postgres";
import { provisionPostgres } from "@kontor/kit/provision-postgres";
import { readEnvironment } from "@kontor/kit/read-environment";
import { runService } from "@kontor/kit/run-service";
import { z } from "zod";
import { planKontorDatabase } from "../../start/databases.ts";

/** The oldest whose features the migrations use. */
const majorMin = 15;
const password = z.string().min(16, "at least 16 characters");

const environment = z.object({
  ...postgresEnvironment,
  POSTGRES_USER: z.string().min(1).default("postgres"),
  CORE_ERP_PASSWORD: password,
  AUTH_PASSWORD: password,
  NOTIFICATION_PASSWORD: password,
  OBSERVER_PASSWORD: password,
});

await runService(async () => {
  const config = readEnvironment(environment, process.env);
  const logger = createLogger({ service: "provision" });
  const admin = { ...toPostgresOptions(config), database: "postgres" };
  await using db = openPostgres({ ...admin, max: 1, applicationName: "provision" });
  const { rows } = await db.query<{ version: string; major: number }>({
    name: "provision.read_version",
    text: `select current_setting('server_version') as version,
                  current_setting('server_version_num')::int / 10000 as major`,
  });
  const [server] = rows;
  if (server === undefined || server.major < majorMin) {
    const message = `PostgreSQL ${server?.version} at ${admin.host}:${admin.port} is too old; ${majorMin} or newer is needed. Use the image that docker-compose.yml names, or another server.`;
    throw new AppError("invalid", "provision.postgres_too_old", message);
  }
  const plan = planKontorDatabase({
    coreErp: config.CORE_ERP_PASSWORD,
    auth: config.AUTH_PASSWORD,
    notification: config.NOTIFICATION_PASSWORD,
    observer: config.OBSERVER_PASSWORD,
  });
  await provisionPostgres(admin, { databases: [plan] });
  logger.info({ postgres: server.version }, "database, roles and schemas are there");
});
