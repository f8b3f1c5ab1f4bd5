import type { Redis } from "ioredis";
import type { CacheStore } from "./cache.ts";

/** A Redis that did not answer is left alone for so long: a request must not wait for it again and again. */
const LEAVE_ALONE_MS = 1_000;

/** A store in Redis, shared by all who connect to it. Closing it leaves the connection open. */
export function createRedisStore(client: Redis): CacheStore {
  let awayUntilMs = 0;
  client.on("ready", () => {
    awayUntilMs = 0;
  });
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    if (performance.now() < awayUntilMs) throw new Error("Redis did not answer a moment ago");
    try {
      return await work();
    } catch (error) {
      awayUntilMs = performance.now() + LEAVE_ALONE_MS;
      throw error;
    }
  };
  return {
    read: (keys) => ask(() => client.mget([...keys])),
    write: (entries, ttlSeconds) =>
      ask(async () => {
        const transaction = client.multi();
        for (const { key, text } of entries) transaction.set(key, text, "PX", Math.ceil(ttlSeconds * 1_000));
        const results = await transaction.exec();
        for (const [error] of results ?? []) if (error !== null) throw error;
      }),
    async [Symbol.asyncDispose]() {},
  };
}
