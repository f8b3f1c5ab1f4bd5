import { createTestClient, type TestClient } from "@kontor/kit/testing/http-client";
import { type RedisServer, startRedis } from "@kontor/kit/testing/servers/redis";
import { startProcess } from "@kontor/kit/testing/start-process";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrations } from "../start-auth.ts";

const SOON = { timeout: 10_000, interval: 50 };
const main = new URL("../../src/main.ts", import.meta.url);
const password = "kontor-demo-password";
const stack = new AsyncDisposableStack();
let redis: RedisServer;
let [one, other] = [] as unknown as [TestClient, TestClient];

beforeAll(async () => {
  const db = stack.use(await openTestDatabase({ schema: "auth", migrations }));
  redis = stack.use(await startRedis({ durable: true }));
  one = await startInstance(db);
  other = await startInstance(db);
});
afterAll(() => stack.disposeAsync());

async function startInstance(db: TestDatabase): Promise<TestClient> {
  const { options } = db;
  const env = {
    PORT: "0",
    POSTGRES_HOST: options.host,
    POSTGRES_PORT: String(options.port),
    POSTGRES_DATABASE: options.database,
    POSTGRES_USER: options.user,
    POSTGRES_PASSWORD: options.password,
    DEMO_ACCOUNTS: "true",
    DEMO_PASSWORD: password,
    REDIS_URL: redis.url,
  };
  const started = stack.use(startProcess(main, { env }));
  return createTestClient((await started.waitFor(/"url":"([^"]+)"/))[1] ?? "");
}

async function readRedisStatus(client: TestClient): Promise<string | undefined> {
  const { body } = await client.request("GET", "/health");
  return body.checks["redis:responseTime"]?.[0]?.status;
}

async function untilShared(): Promise<void> {
  for (const client of [one, other]) await expect.poll(() => readRedisStatus(client), SOON).toBe("pass");
}

const logIn = async () => {
  const body = { email: "admin@kontor.example", password };
  return (await one.request("POST", "/api/auth/login", { body })).body;
};
const me = async (client: TestClient, token: string) => {
  const { status, body } = await client.request("GET", "/api/auth/me", { token });
  return status === 200 ? status : body.code;
};
const logOut = (refreshToken: string) => one.request("POST", "/api/auth/logout", { body: { refreshToken } });

describe("two processes of auth that share a Redis", () => {
  // Red when: each process has a cache of its own.
  it("both refuse a session at once that was ended at one of them", async () => {
    await untilShared();
    const { accessToken, refreshToken } = await logIn();
    expect([await me(one, accessToken), await me(other, accessToken)]).toEqual([200, 200]);
    await logOut(refreshToken);
    expect([await me(one, accessToken), await me(other, accessToken)]).toEqual([
      "auth.session_ended",
      "auth.session_ended",
    ]);
  });

  it("answer without Redis, say so in /health, and share again when it is back", async () => {
    await untilShared();
    const kept = await logIn();
    const ended = await logIn();
    for (const client of [one, other]) expect(await me(client, ended.accessToken)).toBe(200);
    await redis.stop("SIGKILL");
    try {
      for (const client of [one, other]) {
        expect(await me(client, kept.accessToken)).toBe(200);
        expect(await readRedisStatus(client)).toBe("warn");
      }
      const body = { refreshToken: kept.refreshToken };
      expect((await other.request("POST", "/api/auth/refresh", { body })).status).toBe(200);
      expect((await logOut(ended.refreshToken)).status).toBe(204);
      for (const client of [one, other])
        expect(await me(client, ended.accessToken)).toBe("auth.session_ended");
    } finally {
      await redis.restart();
    }
    await untilShared();
    for (const client of [one, other])
      await expect.poll(() => me(client, ended.accessToken), SOON).toBe("auth.session_ended");
    expect(await me(other, kept.accessToken)).toBe(200);
  });

  it("lose no request while Redis is restarted under load", async () => {
    const { accessToken } = await logIn();
    const answers: unknown[] = [];
    const stop = new AbortController();
    const load = async () => {
      while (!stop.signal.aborted) {
        answers.push(await me(one, accessToken), await me(other, accessToken));
        const { body } = await one.request("GET", "/health/ready");
        answers.push(body.status === "fail" ? "not ready" : 200);
      }
    };
    const running = Promise.all(Array.from({ length: 4 }, load));
    for (let n = 0; n < 5; n++) {
      const before = answers.length;
      await redis.restart();
      await expect.poll(() => answers.length, SOON).toBeGreaterThan(before + 50);
    }
    stop.abort();
    await running;
    expect(answers.filter((answer) => answer !== 200)).toEqual([]);
  });
});
