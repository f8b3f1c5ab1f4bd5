import { openRedis, type RedisConnection } from "@kontor/kit/cache/open-redis";
import { type RedisServer, startRedis } from "@kontor/kit/testing/servers/redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echo, startGateway, startInstance, type TestGateway, type TestInstance } from "../start-gateway.ts";

const SOON = { timeout: 10_000, interval: 20 };
const stack = new AsyncDisposableStack();
const logger = { warn() {}, info() {} };
let redis: RedisServer;
let instance: TestInstance;

beforeAll(async () => {
  redis = stack.use(await startRedis());
  instance = stack.use(await startInstance(echo));
});
afterAll(() => stack.disposeAsync());

/** Two gateways that let a user make `requests` requests in an hour. */
async function startTwo(requests: number) {
  const off = { requests: 0, windowSeconds: 3_600 };
  const all = new AsyncDisposableStack();
  const connections: RedisConnection[] = [];
  const gateways: TestGateway[] = [];
  for (let n = 0; n < 2; n++) {
    const connection = all.use(openRedis({ url: redis.url, name: "gateway", logger }));
    connections.push(connection);
    await connection.client.ping().catch(() => {});
    const limits = { requests: { requests, windowSeconds: 3_600 }, credentials: off };
    gateways.push(all.use(await startGateway([instance.url], { limits, redis: connection.client })));
  }
  const untilReady = async () => {
    for (const { client } of connections) await expect.poll(() => client.status, SOON).toBe("ready");
  };
  await untilReady();
  const [one, other] = gateways as [TestGateway, TestGateway];
  /** A user of its own for each test; both gateways know both issuers' users by their id alone. */
  const user = crypto.randomUUID();
  const get = async (gateway: TestGateway) => {
    const token = await gateway.issuer.token({ userId: user });
    return (await gateway.request("GET", "/api/orders", { token })).status;
  };
  return { one, other, get, untilReady, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

describe("gateways that share a Redis", () => {
  // Red when: each gateway counts in its own memory.
  it("count together", async () => {
    await using two = await startTwo(4);
    const seen: number[] = [];
    for (let n = 0; n < 3; n++) seen.push(await two.get(two.one), await two.get(two.other));
    expect(seen).toEqual([200, 200, 200, 200, 429, 429]);
  });

  it("each count for themselves while it is away, refuse nobody for it, and count together again", async () => {
    await using two = await startTwo(3);
    await redis.stop("SIGKILL");
    try {
      const startedAt = performance.now();
      const seen: number[] = [];
      for (let n = 0; n < 4; n++) seen.push(await two.get(two.one), await two.get(two.other));
      expect(seen).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    } finally {
      await redis.restart();
    }
    await two.untilReady();
    // A Redis that failed is left alone for a second.
    await expect.poll(async () => [await two.get(two.one), await two.get(two.other)], SOON).toContain(200);
    const health = await two.one.request("GET", "/health");
    expect(health.body.checks["redis:responseTime"][0].status).toBe("pass");
  });

  it("wait a quarter of a second for one that hangs, once", async () => {
    await using two = await startTwo(100);
    redis.signal("SIGSTOP");
    try {
      const startedAt = performance.now();
      for (let n = 0; n < 50; n++) expect(await two.get(two.one)).toBe(200);
      // Each by itself they would be 12 s.
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      const health = await two.one.request("GET", "/health");
      expect(health.body.checks["redis:responseTime"][0].status).toBe("warn");
    } finally {
      redis.signal("SIGCONT");
    }
  });
});
