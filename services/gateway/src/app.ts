import type { RedisConnection } from "@kontor/kit/cache/open-redis";
import { redisCheck } from "@kontor/kit/cache/redis-check";
import type { Authenticate } from "@kontor/kit/http/authenticate";
import { createApp } from "@kontor/kit/http/create-app";
import type { Logger } from "@kontor/kit/logger";
import type { Express, RequestHandler } from "express";
import { createAdmit } from "./limits/admit.ts";
import { createLimiter, type RateLimit } from "./limits/rate-limits.ts";
import { createDocumentReader } from "./open-api/document-reader.ts";
import { mergeOpenApi } from "./open-api/merge-open-api.ts";
import { createProxy } from "./proxy/create-proxy.ts";
import { openConnections } from "./proxy/exchange.ts";
import { proxyRoutes, type UpstreamName } from "./proxy/proxy-routes.ts";
import { BodyMemory } from "./proxy/read-body.ts";
import { type EjectionLimits, Instances } from "./upstreams/instances.ts";
import { RetryBudget } from "./upstreams/retry-budget.ts";
import { upstreamChecks } from "./upstreams/upstreams-health.ts";

export type GatewayParts = {
  version: string;
  logger: Logger;
  authenticate: Authenticate;
  urls: Readonly<Record<UpstreamName, readonly string[]>>;
  ejection: EjectionLimits;
  deadlineMs: number;
  bodyLimitBytes: number;
  limits: { requests: RateLimit; credentials: RateLimit };
  trustedProxyHops: number;
  /** Where all gateways count together; undefined when each counts for itself. */
  redis: RedisConnection["client"] | undefined;
};

/** The app and the connections it keeps to the services, which disposing closes. */
export function createGatewayApp(parts: GatewayParts): { app: Express } & Disposable {
  const connections = openConnections();
  const bodies = new BodyMemory(parts.bodyLimitBytes);
  const { redis } = parts;
  const admit = createAdmit({
    authenticate: parts.authenticate,
    requests: createLimiter("requests", parts.limits.requests, redis),
    credentials: createLimiter("credentials", parts.limits.credentials, redis),
  });
  const upstreams = new Map<UpstreamName, { instances: Instances; handle: RequestHandler }>();
  for (const [name, urls] of Object.entries(parts.urls) as [UpstreamName, readonly string[]][]) {
    const instances = new Instances(name, urls, parts.ejection);
    const { deadlineMs } = parts;
    const budget = new RetryBudget();
    const proxy = createProxy({ connections, upstream: instances, budget, deadlineMs, bodies });
    const handle: RequestHandler = async (req, res) => {
      await admit(req, res);
      await proxy(req, res);
    };
    upstreams.set(name, { instances, handle });
  }
  const title = "Kontor ERP: everything that passes the gateway";
  const readDocuments = createDocumentReader(Object.values(parts.urls));
  const readOpenApi = async () =>
    mergeOpenApi(await readDocuments(), proxyRoutes, { title, version: parts.version });
  const app = createApp({
    service: "gateway",
    version: parts.version,
    logger: parts.logger,
    routes: [],
    health: [
      ...upstreamChecks([...upstreams.values()].map(({ instances }) => instances)),
      ...(redis === undefined ? [] : [redisCheck(() => redis.ping())]),
    ],
    openApi: { title, document: readOpenApi },
    raw(express) {
      express.set("trust proxy", parts.trustedProxyHops);
      for (const { path, upstream } of proxyRoutes) {
        const found = upstreams.get(upstream);
        if (found !== undefined) express.all(path, found.handle);
      }
    },
  });
  return { app, [Symbol.dispose]: () => connections[Symbol.dispose]() };
}
