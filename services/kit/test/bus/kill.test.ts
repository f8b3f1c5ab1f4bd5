import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consume } from "../../src/bus/consume.ts";
import { openBus } from "../../src/bus/open-bus.ts";
import { appendEvent } from "../../src/bus/outbox.ts";
import { startOutboxRelay } from "../../src/bus/outbox-relay.ts";
import { openEmbeddedPostgres } from "../../src/embedded-postgres.ts";
import { migrate } from "../../src/migrate.ts";
import { type Database, inTransaction, openPostgres } from "../../src/postgres.ts";
import { type StartedProcess, startProcess } from "../../src/testing/start-process.ts";
import { openTestBusDatabase, openTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";
import { thingMade } from "./things.ts";

const SCRIPT = new URL("event-process.ts", import.meta.url);
const logger = { warn() {}, info() {} };

async function makeEffectsTable(db: Database): Promise<void> {
  await db.query({ text: "create table effects (n int not null)" });
}

const append = (db: Database, n: number) =>
  inTransaction(db, (tx) => appendEvent(tx, thingMade, { n, maker: `m${n % 7}` }));

async function countEffects(db: Database): Promise<{ total: number; distinct: number }> {
  const { rows } = await db.query<{ total: number; distinct: number }>({
    text: `select count(*) as total, count(distinct n) as "distinct" from effects`,
  });
  return rows[0] ?? { total: 0, distinct: 0 };
}

describe("kill -9", () => {
  let db: TestDatabase;
  let busDatabase: Awaited<ReturnType<typeof openTestBusDatabase>>;
  const children = new Set<StartedProcess>();

  beforeAll(async () => {
    db = await openTestDatabase({ schema: "maker" });
    await makeEffectsTable(db);
    busDatabase = await openTestBusDatabase();
  });
  afterAll(async () => {
    await Promise.all([...children].map(kill));
    await busDatabase[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
  });

  async function start(role: "relay" | "consumer"): Promise<StartedProcess> {
    const options = JSON.stringify({ database: db.options, busUrl: busDatabase.url });
    const child = startProcess(SCRIPT, { args: [role, options] });
    children.add(child);
    await child.waitFor(/up/);
    return child;
  }

  async function kill(child: StartedProcess): Promise<void> {
    children.delete(child);
    await child[Symbol.asyncDispose]();
  }

  // Red when: the relay deletes before it publishes, or `consume` remembers outside the transaction of the effect.
  it("loses nothing and does nothing twice, whoever is killed in the middle", async () => {
    const total = 400;
    let relay = await start("relay");
    let consumer = await start("consumer");
    const appending = (async () => {
      for (let n = 0; n < total; n++) await append(db, n);
    })();
    for (const reached of [40, 120, 200]) {
      await expect
        .poll(async () => (await countEffects(db)).total, { timeout: 40_000, interval: 5 })
        .toBeGreaterThan(reached);
      // Both in the same instant, with batches in hand on either side.
      await Promise.all([kill(relay), kill(consumer)]);
      [relay, consumer] = await Promise.all([start("relay"), start("consumer")]);
    }
    await appending;
    await expect
      .poll(async () => (await countEffects(db)).distinct, { timeout: 60_000, interval: 100 })
      .toBe(total);
    expect(await countEffects(db)).toEqual({ total, distinct: total });
  }, 150_000);
});

describe("restart of PostgreSQL", () => {
  it("is survived by relay and consumer without help", async () => {
    const folder = await mkdtemp(join(tmpdir(), "kontor-restart-"));
    await chmod(folder, 0o755);
    const open = (port: number) =>
      openEmbeddedPostgres({
        dataDir: join(folder, "data"),
        port,
        superuserPassword: "secret",
        settings: { fsync: "off" },
      });
    let postgres = await open(0);
    const { admin } = postgres;
    try {
      await migrate({ database: admin, schema: "maker" });
      await using db = openPostgres({ ...admin, applicationName: "test" });
      await makeEffectsTable(db);
      const url = `postgres://postgres:secret@127.0.0.1:${admin.port}/postgres`;
      await using bus = await openBus({ url, applicationName: "test", logger });
      await using _relay = startOutboxRelay({ db, schema: "maker", bus, logger });
      await consume(bus, db, thingMade, {
        consumer: "effects",
        handler: async (tx, { n }) =>
          void (await tx.query({ text: "insert into effects values ($1)", values: [n] })),
      });
      await append(db, 1);
      await expect.poll(() => countEffects(db), { timeout: 10_000 }).toEqual({ total: 1, distinct: 1 });

      await postgres[Symbol.asyncDispose]();
      await expect(append(db, 99)).rejects.toThrow();
      postgres = await open(admin.port);

      await expect.poll(() => append(db, 2).catch(() => undefined), { timeout: 10_000 }).toBeDefined();
      const seen = () => countEffects(db).catch(() => undefined);
      await expect.poll(seen, { timeout: 20_000 }).toEqual({ total: 2, distinct: 2 });
    } finally {
      await postgres[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
