import { expect, it } from "vitest";
import { openPostgres } from "../../src/postgres.ts";
import { openTestDatabase } from "../../src/testing/test-database.ts";

it("gives each caller a database of its own", async () => {
  await using one = await openTestDatabase({ schema: "probe" });
  await using other = await openTestDatabase({ schema: "probe" });
  await one.query({ text: "create table only_here (id int)" });
  const { rows } = await other.query({ text: "select to_regclass('only_here') as found" });
  expect(rows).toEqual([{ found: null }]);
});

// Red when: `close` does not look into pg_stat_activity.
it("fails when a pool was left open", async () => {
  const db = await openTestDatabase({ schema: "probe" });
  await using forgotten = openPostgres({ ...db.options, applicationName: "forgotten" });
  await forgotten.query({ text: "select 1" });
  await expect(db[Symbol.asyncDispose]()).rejects.toThrow("forgotten");
});
