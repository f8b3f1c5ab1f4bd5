import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate } from "../src/migrate.ts";
import { inTransaction, openPostgres, readSqlState } from "../src/postgres.ts";
import { openTestDatabase, type TestDatabase } from "../src/testing/test-database.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase({ schema: "probe" });
  await db.query({ text: "create table counter (id int primary key, value bigint not null)" });
  await db.query({ text: "insert into counter values (1, 0)" });
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

describe("postgres", () => {
  it("reads int8 as a number and refuses one that does not fit", async () => {
    const { rows } = await db.query<{ n: number }>({ text: "select count(*) as n from counter" });
    expect(rows).toEqual([{ n: 1 }]);
    await expect(db.query({ text: "select 9007199254740993::bigint" })).rejects.toThrow("does not fit");
  });

  it("reads a date as it is written, whatever the time zone of the process", async () => {
    const { rows } = await db.query<{ d: string }>({ text: "select date '2026-11-02' as d" });
    expect(rows).toEqual([{ d: "2026-11-02" }]);
  });

  it("takes one name for two texts, because a name prepares nothing", async () => {
    await db.query({ name: "probe.same", text: "select 1" });
    await expect(db.query({ name: "probe.same", text: "select 2" })).resolves.toMatchObject({ rowCount: 1 });
  });

  it("rolls a transaction back when its work throws", async () => {
    const work = inTransaction(db, async (tx) => {
      await tx.query({ text: "update counter set value = 99" });
      throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    const { rows } = await db.query({ text: "select value from counter" });
    expect(rows).toEqual([{ value: 0 }]);
  });

  // Red when: RETRYABLE_STATES loses 40001.
  it("tries a transaction again that lost against a concurrent one", async () => {
    const add = () =>
      inTransaction(
        db,
        async (tx) => {
          const { rows } = await tx.query<{ value: number }>({
            text: "select value from counter where id = 1",
          });
          await tx.query({ text: "update counter set value = $1", values: [(rows[0]?.value ?? 0) + 1] });
        },
        { isolation: "serializable", retries: 20 },
      );
    await Promise.all(Array.from({ length: 8 }, add));
    const { rows } = await db.query({ text: "select value from counter" });
    expect(rows).toEqual([{ value: 8 }]);
  });

  it("keeps serving after the server cut its connections", async () => {
    await db.adminDatabase.query({
      text: "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test' and datname = current_database()",
    });
    await expect
      .poll(() => db.query({ text: "select 1" }).catch(() => undefined))
      .toMatchObject({ rowCount: 1 });
  });

  it("cancels a statement that runs too long", async () => {
    await using hasty = openPostgres({ ...db.options, applicationName: "hasty", statementTimeoutMs: 50 });
    const error = await hasty.query({ text: "select pg_sleep(5)" }).catch((cause: unknown) => cause);
    expect(readSqlState(error)).toBe("57014");
  });

  it("names what to set when the database is away", async () => {
    const away = migrate({ database: { ...db.options, port: 1 }, schema: "probe" });
    await expect(away).rejects.toMatchObject({
      code: "postgres.unreachable",
      message: expect.stringContaining("POSTGRES_PORT"),
    });
  });

  it("applies no migration twice, also when two start at once", async () => {
    const both = [1, 2].map(() => migrate({ database: db.options, schema: "probe" }));
    expect(await Promise.all(both)).toEqual([[], []]);
  });
});
