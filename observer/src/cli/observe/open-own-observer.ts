import { openEmbeddedPostgres } from "@kontor/kit/embedded-postgres";
import { AppError } from "@kontor/kit/errors";
import { createLogger } from "@kontor/kit/logger";
import { type PostgresOptions, postgresEnvironment, toPostgresOptions } from "@kontor/kit/postgres";
import { provisionPostgres } from "@kontor/kit/provision-postgres";
import { readEnvironment } from "@kontor/kit/read-environment";
import type { Resources } from "@kontor/kit/resources";
import { z } from "zod";
import type { Environment } from "../../config/interpolate.ts";
import { refuseOpenAddress } from "../../http/access/access-tokens.ts";
import { OtlpListenError } from "../../ingest/open-otlp-server.ts";
import { type Observer, openObserver } from "../../open-observer.ts";
import type { SourceName } from "../../signals/signal-source.ts";
import { StoreError } from "../../store/store-error.ts";
import { observerEnvironment, toEnvironmentOptions } from "../observer-environment.ts";
import { findConfiguration } from "./own-configuration.ts";
import { type OwnData, openOwnData } from "./own-data.ts";
import { refuseTakenPorts } from "./refuse-taken-ports.ts";

export interface OwnObserverOptions {
  readonly configuration: string | undefined;
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly otlpPort: number;
  /** What rules are evaluated on. */
  readonly source: SourceName;
  readonly environment: Environment;
  /** Progress, for people. */
  tell(line: string): void;
}

export interface OwnObserver extends Observer {
  readonly folder: string;
  readonly logFile: string;
  readonly configurationPath: string;
  /** Whether senders have to show a token. */
  readonly needsOtlpToken: boolean;
}

const environmentSchema = z.object({
  ...observerEnvironment,
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  SERVICE_VERSION: z.string().default("0.0.0-dev"),
});
const postgresVariables = Object.keys(postgresEnvironment);

/**
 * An observer for services of any kind, with all it needs in one folder: its own PostgreSQL, unless POSTGRES_* names one.
 *
 * @throws AppError with what, where and how to mend it
 */
export async function openOwnObserver(
  options: OwnObserverOptions,
  resources: Resources,
): Promise<OwnObserver> {
  const { environment, host, port, otlpPort } = options;
  const config = readEnvironment(environmentSchema, environment);
  const given = await toEnvironmentOptions(config);
  // Before a database is made for an observer that will not start.
  refuseOpenAddress({ host, ...given });
  await refuseTakenPorts(host, { "--port": port, "--otlp-port": otlpPort });
  const data = resources.use(await openOwnData(options.dataFolder));
  const configurationPath = await findConfiguration(options.configuration, data.folder, environment);
  const logger = createLogger({ service: "observer", level: config.LOG_LEVEL, file: data.logFile });
  const postgres = postgresVariables.some((name) => (environment[name] ?? "") !== "")
    ? toPostgresOptions(readEnvironment(z.object(postgresEnvironment), environment))
    : await openOwnPostgres(data, options, resources);
  try {
    const observer = await openObserver(
      {
        ...{ configurationPath, environment, host, port, otlpPort, postgres, logger },
        dataDirectory: data.observerDir,
        version: config.SERVICE_VERSION,
        busUrl: undefined,
        ...given,
        signalServers: { ...given.signalServers, source: options.source },
      },
      resources,
    );
    const needsOtlpToken = given.otlpToken !== undefined;
    return { ...observer, folder: data.folder, logFile: data.logFile, configurationPath, needsOtlpToken };
  } catch (error) {
    throw toAppError(error);
  }
}

async function openOwnPostgres(
  { databaseDir, databasePassword: password }: OwnData,
  { tell }: OwnObserverOptions,
  resources: Resources,
): Promise<PostgresOptions> {
  tell("Starting PostgreSQL.");
  const { admin } = resources.use(
    await openEmbeddedPostgres({ dataDir: databaseDir, port: 0, superuserPassword: password }),
  );
  const role = { role: "observer", password, schema: "observer" };
  await provisionPostgres(admin, { databases: [{ name: "observer", roles: [role] }] });
  return { ...admin, database: "observer", user: role.role, password };
}

/** Only AppErrors are told without a stack. */
function toAppError(error: unknown): unknown {
  if (error instanceof StoreError) {
    return new AppError("unavailable", error.code, `${error.message} The option is --data.`, {
      cause: error,
    });
  }
  if (error instanceof OtlpListenError) {
    return new AppError("conflict", error.code, error.message, { cause: error });
  }
  return error;
}
