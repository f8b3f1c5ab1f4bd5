import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cache } from "../../src/cache/cache.ts";
import { openCache } from "../../src/cache/open-cache.ts";
import { type RedisServer, startRedis } from "../../src/testing/servers/redis.ts";
import { describeCache } from "./describe-cache.ts";

const SOON = { timeout: 10_000, interval: 20 };
const options = { ttlSeconds: 60, tags: ["all"] };
const said: string[] = [];
const logger = {
  warn: (...words: unknown[]) => void said.push(JSON.stringify(words)),
  info: (...words: unknown[]) => void said.push(JSON.stringify(words)),
};

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis({ durable: true });
});
afterAll(() => redis[Symbol.asyncDispose]());

async function connect(name: string): Promise<Cache> {
  const cache = await openCache({ name, redisUrl: redis.url, logger });
  await expect.poll(() => isUp(cache), SOON).toBe(true);
  return cache;
}

const isUp = (cache: Cache): Promise<boolean> =>
  cache.ping().then(
    () => true,
    () => false,
  );

describeCache("Redis", async () => ({
  connect,
  pass: (ms) => sleep(ms),
  async [Symbol.asyncDispose]() {},
}));

describe("a cache whose Redis is away", () => {
  it("finds every answer itself, at once, and shares again when Redis is back", async () => {
    await using cache = await connect("killed");
    await cache.read("key", options, async () => 1);
    await redis.stop("SIGKILL");
    try {
      const startedAt = performance.now();
      for (let n = 0; n < 250; n++) expect(await cache.read("key", options, async () => n)).toBe(n);
      // A quarter of a second each would be a minute.
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      expect(await isUp(cache)).toBe(false);
    } finally {
      await redis.restart();
    }
    await expect.poll(() => isUp(cache), SOON).toBe(true);
    expect(await cache.read("key", options, async () => 2)).toBe(1);
    expect(said.join()).toContain("Redis is away");
    expect(said.join()).toContain("Redis is back");
  });

  it("waits for a Redis that hangs a quarter of a second, and not for each answer", async () => {
    await using cache = await connect("hanging");
    redis.signal("SIGSTOP");
    try {
      const startedAt = performance.now();
      for (let n = 0; n < 100; n++) expect(await cache.read("key", options, async () => n)).toBe(n);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    } finally {
      redis.signal("SIGCONT");
    }
    await expect.poll(() => isUp(cache), SOON).toBe(true);
  });

  // Red when: a tag that could not be forgotten is not forgotten before the next read.
  it("never comes back to what was forgotten meanwhile", async () => {
    await using here = await connect("forgetting");
    await using there = await connect("forgetting");
    expect(await here.read("key", options, async () => "old")).toBe("old");
    await redis.stop("SIGKILL");
    try {
      await here.forget(["all"]);
      expect(await here.read("key", options, async () => "new")).toBe("new");
    } finally {
      await redis.restart();
    }
    await expect.poll(() => isUp(here), SOON).toBe(true);
    expect(await here.read("key", options, async () => "new")).toBe("new");
    await expect.poll(() => there.read("key", options, async () => "new"), SOON).toBe("new");
  });

  it("opens though Redis was never there, and logs no password", async () => {
    await using locked = await startRedis({ args: ["--requirepass", "right"] });
    for (const url of ["redis://:my-password@127.0.0.1:1", locked.url.replace("//", "//:my-password@")]) {
      said.length = 0;
      await using cache = await openCache({ name: "locked", redisUrl: url, logger });
      await expect.poll(() => said.length, SOON).toBeGreaterThan(0);
      expect(await cache.read("key", options, async () => "found")).toBe("found");
      expect(said.join()).not.toContain("my-password");
    }
  });
});
