import type { Logger } from "../logger.ts";
import type { Cache } from "./cache.ts";
import { createCache } from "./create-cache.ts";
import { createMemoryStore } from "./memory-store.ts";

/**
 * A cache in Redis, shared by all processes with the same name, or in the memory of this one where there is no Redis.
 * Opening never fails for a Redis that is away.
 *
 * @param options.redisUrl value of REDIS_URL
 */
export async function openCache(options: {
  name: string;
  redisUrl: string | undefined;
  logger: Pick<Logger, "warn" | "info">;
}): Promise<Cache> {
  const { name, redisUrl, logger } = options;
  if (redisUrl === undefined) return createCache(name, createMemoryStore());
  const [{ openRedis }, { createRedisStore }] = await Promise.all([
    import("./open-redis.ts"),
    import("./redis-store.ts"),
  ]);
  const redis = openRedis({ url: redisUrl, name, logger });
  const cache = createCache(name, createRedisStore(redis.client));
  return { ...cache, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
}
