import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Bus } from "../../src/bus/bus.ts";
import { appendEvent } from "../../src/bus/outbox.ts";
import { startOutboxRelay } from "../../src/bus/outbox-relay.ts";
import { inTransaction } from "../../src/postgres.ts";
import { thingMade } from "../../src/testing/event-load/thing-made.ts";
import { openTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";

const logger = { warn() {}, info() {} };
const SOON = { timeout: 15_000, interval: 10 };

let db: TestDatabase;

beforeAll(async () => {
  db = await openTestDatabase({ schema: "maker" });
});
beforeEach(async () => {
  await db.query({ text: "truncate outbox" });
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const relay = (to: Pick<Bus, "publish">) => startOutboxRelay({ db, schema: "maker", bus: to, logger });
const append = (n: number, maker = "m") =>
  inTransaction(db, (tx) => appendEvent(tx, thingMade, { n, maker }));

async function countWaiting(): Promise<number> {
  const { rows } = await db.query<{ n: number }>({ text: "select count(*) as n from outbox" });
  return rows[0]?.n ?? 0;
}

/** A bus that only remembers. It fails for what `refuses` says, and takes `delayMs(n)` like a broker. */
function createListBus(
  options: { refuses?: (n: number) => boolean; delayMs?: (n: number) => number } = {},
): Pick<Bus, "publish"> & { seen: number[] } {
  const seen: number[] = [];
  return {
    seen,
    async publish(event) {
      const { n } = event.payload as { n: number };
      if (options.refuses?.(n)) throw new Error(`refused ${n}`);
      if (options.delayMs) await new Promise((turn) => setTimeout(turn, options.delayMs?.(n)));
      seen.push(n);
    },
  };
}

describe("outbox", () => {
  it("publishes nothing of a transaction that was rolled back", async () => {
    const list = createListBus();
    await using _relay = relay(list);
    const failing = inTransaction(db, async (tx) => {
      await appendEvent(tx, thingMade, { n: 1, maker: "m" });
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await append(2);
    await expect.poll(() => list.seen, SOON).toEqual([2]);
    expect(await countWaiting()).toBe(0);
  });

  it("refuses a payload that is not as the definition says", async () => {
    await expect(append(Number.NaN)).rejects.toThrow();
    expect(await countWaiting()).toBe(0);
  });

  it("publishes what waited before the relay started, in order", async () => {
    for (let n = 0; n < 10; n++) await append(n);
    const list = createListBus();
    await using _relay = relay(list);
    await expect.poll(() => list.seen, SOON).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  // Red when: takeEvents goes without the lock.
  it("keeps the order with two relays at work", async () => {
    const list = createListBus({ delayMs: (n) => 2 + (n % 5) });
    for (let n = 0; n < 100; n++) await append(n);
    const alone = { db, schema: "maker", bus: list, logger, batchSize: 1, pollMs: 5 };
    await using _one = startOutboxRelay(alone);
    await using _other = startOutboxRelay(alone);
    await expect.poll(() => list.seen.length, SOON).toBe(100);
    expect(list.seen).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it("lets the neighbours of a refused event pass, and keeps the refused one", async () => {
    let isStubborn = true;
    const list = createListBus({ refuses: (n) => isStubborn && n === 1 });
    for (let n = 0; n < 3; n++) await append(n);
    await using _relay = relay(list);
    await expect.poll(() => list.seen, SOON).toEqual([0, 2]);
    await expect.poll(countWaiting, SOON).toBe(1);
    isStubborn = false;
    await expect.poll(() => list.seen, SOON).toEqual([0, 2, 1]);
    await expect.poll(countWaiting, SOON).toBe(0);
  });
});
