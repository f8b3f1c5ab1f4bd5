import { redisEnvironment } from "@kontor/kit/cache/redis-environment";
import { AppError } from "@kontor/kit/errors";
import { authenticationEnvironment } from "@kontor/kit/http/authenticate";
import { postgresEnvironment } from "@kontor/kit/postgres";
import {
  booleanVariable,
  integerVariable,
  readEnvironment,
  serviceEnvironment,
} from "@kontor/kit/read-environment";
import { z } from "zod";

const environment = z.object({
  ...serviceEnvironment(8001),
  ...postgresEnvironment,
  ...redisEnvironment,
  JWT_ISSUER: authenticationEnvironment.JWT_ISSUER,
  JWT_AUDIENCE: authenticationEnvironment.JWT_AUDIENCE,
  /** Seals the private signing keys in the database. */
  SIGNING_KEY_SECRET: z.string().min(16, "at least 16 characters").optional(),
  SIGNING_KEY_MAX_AGE_DAYS: integerVariable(1, 3_650).default(30),
  DEMO_ACCOUNTS: booleanVariable().default(false),
  DEMO_PASSWORD: z.string().min(12, "at least 12 characters").optional(),
});

export type Config = ReturnType<typeof readConfig>;

/** @throws AppError `config.environment` */
export function readConfig(variables: Record<string, string | undefined>) {
  const config = readEnvironment(environment, variables);
  if (config.DEMO_ACCOUNTS && config.DEMO_PASSWORD === undefined) {
    const message =
      "DEMO_ACCOUNTS=true needs DEMO_PASSWORD, the password of the demo accounts (at least 12 characters).";
    throw new AppError("invalid", "config.environment", message);
  }
  return {
    ...config,
    // Without a secret of its own it is the database's: a stolen dump alone opens nothing, and who has the password of
    // the database could replace the keys anyway. After a change of it the next start makes a new key.
    signingKeySecret: config.SIGNING_KEY_SECRET ?? config.POSTGRES_PASSWORD,
  };
}
