import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DatabaseAwayError } from "../src/database-away.ts";
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

/** Once two sleep. @returns how many were cut */
async function cutConnections(applicationName: string): Promise<number> {
  const { rows } = await db.adminDatabase.query<{ pid: number }>({
    text: "select pid from pg_stat_activity where application_name = $1 and query like '%pg_sleep%'",
    values: [applicationName],
  });
  if (rows.length < 2) return 0;
  const text = "select pg_terminate_backend(pid) from unnest($1::int[]) as pid";
  return (await db.adminDatabase.query({ text, values: [rows.map(({ pid }) => pid)] })).rowCount;
}

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

  // Red when: toDatabaseError gives back what it was given.
  it("says the same of a database that is away, a pool that stays full, and a connection that is lost", async () => {
    await using away = openPostgres({ ...db.options, port: 1, applicationName: "away" });
    await expect(away.query({ text: "select 1" })).rejects.toThrow(DatabaseAwayError);
    await expect(inTransaction(away, async () => {})).rejects.toThrow(/does not answer: .*ECONNREFUSED/);

    await using full = openPostgres({
      ...db.options,
      ...{ applicationName: "full", max: 1, connectionTimeoutMs: 100 },
    });
    const taken = await full.pool.connect();
    await expect(full.query({ text: "select 1" })).rejects.toThrow(DatabaseAwayError);
    await expect(inTransaction(full, async () => {})).rejects.toThrow(DatabaseAwayError);
    taken.release();

    await using cut = openPostgres({ ...db.options, applicationName: "cut" });
    const isCut = /does not answer: .*(terminat|ECONNRESET|EPIPE)/i;
    const sleeping = expect(cut.query({ text: "select pg_sleep(30)" })).rejects.toThrow(isCut);
    const working = expect(
      inTransaction(cut, (tx) => tx.query({ text: "select pg_sleep(30)" })),
    ).rejects.toThrow(isCut);
    await expect.poll(() => cutConnections("cut"), { timeout: 10_000 }).toBe(2);
    await Promise.all([sleeping, working]);
  });

  it("leaves every other failure as the driver threw it", async () => {
    const error = await db.query({ text: "select 1 / 0" }).catch((cause: unknown) => cause);
    expect([readSqlState(error), error instanceof DatabaseAwayError]).toEqual(["22012", false]);
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
