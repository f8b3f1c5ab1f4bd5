import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { consume } from "../../src/bus/consume.ts";
import { openBus } from "../../src/bus/open-bus.ts";
import { appendEvent } from "../../src/bus/outbox.ts";
import { startOutboxRelay } from "../../src/bus/outbox-relay.ts";
import { openEmbeddedPostgres } from "../../src/embedded-postgres.ts";
import { migrate } from "../../src/migrate.ts";
import { type Database, inTransaction, openPostgres } from "../../src/postgres.ts";
import { thingMade } from "../../src/testing/event-load/thing-made.ts";

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
