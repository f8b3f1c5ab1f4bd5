import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHealthReporter, postgresChecks } from "../src/health.ts";
import { openPostgres } from "../src/postgres.ts";
import { openTestDatabase, type TestDatabase } from "../src/testing/test-database.ts";

let db: TestDatabase;

beforeAll(async () => {
  db = await openTestDatabase({ schema: "fixture" });
});

afterAll(() => db[Symbol.asyncDispose]());

describe("postgresChecks", () => {
  it("reports response time and connections", async () => {
    const { status, checks } = await createHealthReporter(postgresChecks(db))();
    expect(status).toBe("pass");
    expect(checks["postgres:responseTime"]?.[0]).toMatchObject({ observedUnit: "ms", status: "pass" });
    expect(checks["postgres:responseTime"]?.[0]?.observedValue).toBeGreaterThan(0);
    expect(checks["postgres:connections"]?.[0]).toMatchObject({
      observedUnit: "connections",
      status: "pass",
    });
  });

  it("a database that is away fails within the deadline, and says nothing about where it is", async () => {
    await using away = openPostgres({ ...db.options, port: 1, applicationName: "test" });
    const { status, checks } = await createHealthReporter(postgresChecks(away))();
    expect(status).toBe("fail");
    expect(checks["postgres:responseTime"]?.[0]).toMatchObject({ status: "fail", output: "not reachable" });
  });

  it("a pool that is used up is a warning, and the response time fails at its deadline", async () => {
    await using small = openPostgres({ ...db.options, max: 1, applicationName: "test" });
    const held = await small.pool.connect();
    const { status, checks } = await createHealthReporter(postgresChecks(small), { checkDeadlineMs: 50 })();
    held.release();
    expect(status).toBe("fail");
    expect(checks["postgres:connections"]?.[0]).toMatchObject({ status: "warn", output: "1 waiting" });
  });
});
