import { redisEnvironment } from "@kontor/kit/cache/redis-environment";
import { authenticationEnvironment } from "@kontor/kit/http/authenticate";
import {
  integerVariable,
  readEnvironment,
  serviceEnvironment,
  urlListVariable,
} from "@kontor/kit/read-environment";
import { z } from "zod";
import { bodiesBytesMax } from "./proxy/read-body.ts";

const environment = z.object({
  ...serviceEnvironment(8000),
  ...authenticationEnvironment,
  ...redisEnvironment,
  AUTH_URLS: urlListVariable().default(["http://127.0.0.1:8001"]),
  CORE_ERP_URLS: urlListVariable().default(["http://127.0.0.1:8002"]),
  NOTIFICATION_URLS: urlListVariable().default(["http://127.0.0.1:8005"]),
  REQUEST_DEADLINE_MS: integerVariable(10, 600_000).default(10_000),
  BODY_LIMIT_BYTES: integerVariable(1, bodiesBytesMax).default(1_048_576),
  /** For one user, or one address without a user, in a window; 0 switches it off. */
  RATE_LIMIT_REQUESTS: integerVariable(0, 1_000_000_000).default(30_000),
  /** Log-ins and registrations of one address in a window; 0 switches it off. */
  RATE_LIMIT_CREDENTIALS: integerVariable(0, 1_000_000_000).default(300),
  RATE_LIMIT_WINDOW_SECONDS: integerVariable(1, 86_400).default(60),
  /** Proxies of our own in front: so many addresses of X-Forwarded-For are believed. */
  TRUSTED_PROXY_HOPS: integerVariable(0, 10).default(0),
});

export type Config = z.infer<typeof environment>;

/** @throws AppError `config.environment` */
export function readConfig(variables: Record<string, string | undefined>): Config {
  return readEnvironment(environment, variables);
}
