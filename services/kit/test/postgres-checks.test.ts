import { expect, it } from "vitest";
import type { Bus } from "../src/bus/bus.ts";
import { busCheck } from "../src/bus/bus-check.ts";
import { openPostgres } from "../src/postgres.ts";
import { postgresChecks } from "../src/postgres-checks.ts";
import { openTestDatabase } from "../src/testing/test-database.ts";

it("tells how many connections are in use, and that the database answers", async () => {
  await using db = await openTestDatabase({ schema: "probe" });
  const [connections, responseTime] = postgresChecks(db);
  expect(await responseTime?.observe()).toMatchObject({ status: "pass", observedUnit: "ms" });
  expect(await connections?.observe()).toMatchObject({ status: "pass", observedValue: 0 });
});

it("warns when a pool is taken whole and somebody waits", async () => {
  await using db = await openTestDatabase({ schema: "probe" });
  await using small = openPostgres({ ...db.options, applicationName: "small", max: 1 });
  const client = await small.pool.connect();
  const waiting = small.query({ text: "select 1" });
  expect(await postgresChecks(small)[0]?.observe()).toMatchObject({ status: "warn", observedValue: 1 });
  client.release();
  await waiting;
});

it("warns, and does not fail, when the bus is away", async () => {
  const away = { ping: () => Promise.reject(new Error("gone")) } as unknown as Bus;
  expect(await busCheck(away).observe()).toMatchObject({ status: "warn" });
});
