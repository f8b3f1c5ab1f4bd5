import { createTestClient } from "@kontor/kit/testing/http-client";
import { startProcess } from "@kontor/kit/testing/start-process";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrations } from "./start-auth.ts";

const main = new URL("../src/main.ts", import.meta.url);
let db: TestDatabase;

beforeAll(async () => {
  db = await openTestDatabase({ schema: "auth", migrations });
});

afterAll(() => db[Symbol.asyncDispose]());

function environment(more: Record<string, string> = {}): Record<string, string> {
  const { host, port, database, user, password } = db.options;
  return {
    PORT: "0",
    SERVICE_VERSION: "7.8.9",
    POSTGRES_HOST: host,
    POSTGRES_PORT: String(port),
    POSTGRES_DATABASE: database,
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password,
    ...more,
  };
}

describe("the auth process", () => {
  it("starts, logs a demo account in, shows its health, and ends with 0 on SIGTERM", async () => {
    const env = environment({ DEMO_ACCOUNTS: "true", DEMO_PASSWORD: "kontor-demo-password" });
    await using auth = startProcess(main, { env });
    const client = createTestClient((await auth.waitFor(/"url":"([^"]+)"/))[1] ?? "");
    const body = { email: "admin@kontor.example", password: "kontor-demo-password" };
    expect((await client.request("POST", "/api/auth/login", { body })).status).toBe(200);
    const health = await client.request("GET", "/health");
    expect(health).toMatchObject({
      status: 200,
      body: { status: "pass", version: "7.8.9", serviceId: "auth" },
    });
    expect(Object.keys(health.body.checks)).toEqual([
      "cpu:utilization",
      "memory:utilization",
      "eventloop:delay",
      "postgres:responseTime",
      "postgres:connections",
    ]);
    auth.child.kill("SIGTERM");
    expect(await auth.ended).toBe(0);
    expect(auth.output()).not.toContain("kontor-demo-password");
  });

  it.each([
    [{ DEMO_ACCOUNTS: "true" }, /DEMO_ACCOUNTS=true needs DEMO_PASSWORD/],
    [{ POSTGRES_PASSWORD: "", DEMO_ACCOUNTS: "yes" }, /POSTGRES_PASSWORD: not set.*DEMO_ACCOUNTS: given/],
    [{ POSTGRES_PORT: "1" }, /postgres\.unreachable/],
  ])("says what is wrong with %j and ends with 1", async (more, message) => {
    await using auth = startProcess(main, { env: environment(more) });
    expect(await auth.ended).toBe(1);
    expect(auth.output()).toMatch(message);
  });
});
