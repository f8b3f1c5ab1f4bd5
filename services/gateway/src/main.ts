import { createAuthenticate } from "@kontor/kit/http/authenticate";
import { listen } from "@kontor/kit/http/listen";
import { createLogger } from "@kontor/kit/logger";
import { runService } from "@kontor/kit/run-service";
import { createGatewayApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { ejectionLimits } from "./upstreams/instances.ts";

await runService(async (resources) => {
  const config = readConfig(process.env);
  const logger = createLogger({ service: "gateway", level: config.LOG_LEVEL });
  // The client of Redis is loaded only where there is one.
  const redis =
    config.REDIS_URL === undefined
      ? undefined
      : resources.use(
          (await import("@kontor/kit/cache/open-redis")).openRedis({
            url: config.REDIS_URL,
            name: "gateway",
            logger,
          }),
        );
  const windowSeconds = config.RATE_LIMIT_WINDOW_SECONDS;
  const gateway = resources.use(
    createGatewayApp({
      version: config.SERVICE_VERSION,
      logger,
      authenticate: createAuthenticate({
        jwksUrl: config.JWKS_URL,
        issuer: config.JWT_ISSUER,
        audience: config.JWT_AUDIENCE,
      }),
      urls: {
        auth: config.AUTH_URLS,
        "core-erp": config.CORE_ERP_URLS,
        notification: config.NOTIFICATION_URLS,
      },
      ejection: ejectionLimits,
      deadlineMs: config.REQUEST_DEADLINE_MS,
      bodyLimitBytes: config.BODY_LIMIT_BYTES,
      limits: {
        requests: { requests: config.RATE_LIMIT_REQUESTS, windowSeconds },
        credentials: { requests: config.RATE_LIMIT_CREDENTIALS, windowSeconds },
      },
      trustedProxyHops: config.TRUSTED_PROXY_HOPS,
      redis: redis?.client,
    }),
  );
  const listening = resources.use(await listen(gateway.app, { port: config.PORT, host: config.HOST }));
  // Head and body of a request have to come within these; a client that drips them holds a connection for no longer.
  listening.server.headersTimeout = 10_000;
  listening.server.requestTimeout = config.REQUEST_DEADLINE_MS + 5_000;
  logger.info({ url: listening.url }, "gateway is up");
});
