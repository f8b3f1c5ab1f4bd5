import { describe, expect, it } from "vitest";
import type { HealthCheck, HealthStatus } from "../../src/health.ts";
import { createApp } from "../../src/http/create-app.ts";
import { createLogger } from "../../src/logger.ts";
import { startApp } from "../../src/testing/http-client.ts";

async function start() {
  const dependency: { status: HealthStatus } = { status: "pass" };
  const check: HealthCheck = {
    name: "postgres:responseTime",
    componentType: "datastore",
    observe: async () => ({ observedValue: 1.5, observedUnit: "ms", status: dependency.status }),
  };
  const logger = createLogger({ service: "test", level: "silent" });
  const app = createApp({ service: "orders", version: "1.2.3", logger, routes: [], health: [check] });
  return { app, dependency, client: await startApp(app) };
}

describe("health routes", () => {
  it("/health is health+json with the process and every dependency", async () => {
    const { client } = await start();
    await using _closed = client;
    const { status, body, headers } = await client.request("GET", "/health");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("application/health+json");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toMatchObject({ status: "pass", version: "1.2.3", serviceId: "orders" });
    expect(Object.keys(body.checks)).toEqual([
      "cpu:utilization",
      "memory:utilization",
      "eventloop:delay",
      "postgres:responseTime",
    ]);
    for (const [entry] of Object.values<Record<string, unknown>[]>(body.checks)) {
      expect(entry).toEqual({
        componentType: expect.any(String),
        observedValue: expect.any(Number),
        observedUnit: expect.any(String),
        status: "pass",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      });
    }
    const [memory] = body.checks["memory:utilization"];
    expect(memory.observedValue).toBeGreaterThan(0);
    expect(memory.observedValue).toBeLessThan(1);
  });

  // Red when: /health/live asks the dependencies, so that a dead database has every service restarted.
  it("a failing dependency fails /health and /health/ready with 503, and leaves /health/live alone", async () => {
    const { client, dependency } = await start();
    await using _closed = client;
    dependency.status = "fail";
    const answers = ["", "/ready", "/live"].map(
      async (path) => (await client.request("GET", `/health${path}`)).status,
    );
    expect(await Promise.all(answers)).toEqual([503, 503, 200]);
  });

  it("a warning is still 200", async () => {
    const { client, dependency } = await start();
    await using _closed = client;
    dependency.status = "warn";
    expect(await client.request("GET", "/health")).toMatchObject({ status: 200, body: { status: "warn" } });
  });

  it("/health/startup fails until the dependencies have passed once, and never again", async () => {
    const { client, dependency } = await start();
    await using _closed = client;
    const startup = async () => (await client.request("GET", "/health/startup")).status;
    dependency.status = "fail";
    expect(await startup()).toBe(503);
    dependency.status = "pass";
    expect(await startup()).toBe(200);
    dependency.status = "fail";
    expect(await startup()).toBe(200);
  });

  it("/health/ready fails while closing", async () => {
    const { client, app } = await start();
    await using _closed = client;
    app.locals.stopping = true;
    expect(await client.request("GET", "/health/ready")).toMatchObject({
      status: 503,
      body: { output: "closing" },
    });
  });
});
