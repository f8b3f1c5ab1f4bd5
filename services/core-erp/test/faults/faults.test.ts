import { monitorEventLoopDelay } from "node:perf_hooks";
import { createLogger } from "@kontor/kit/logger";
import type { Queryable } from "@kontor/kit/postgres";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createCpuBurn } from "../../src/faults/cpu-burn.ts";
import type { FaultName } from "../../src/faults/faults.ts";
import { createLeakyCache } from "../../src/faults/leaky-cache.ts";
import { listOrdersLazily } from "../../src/faults/n-plus-one.repo.ts";
import { searchCustomersSlowly } from "../../src/faults/slow-sql.repo.ts";
import { listOrders } from "../../src/orders/orders-read.repo.ts";
import { seedDemoData } from "../../src/seed.ts";
import { startCoreErp, type TestCoreErp } from "../start-core-erp.ts";

describe("fault switches of core-erp", () => {
  let erp: TestCoreErp;
  beforeAll(async () => {
    erp = await startCoreErp();
    await seedDemoData(erp.db, new Date(), createLogger({ service: "core-erp", level: "silent" }));
  });
  afterAll(() => erp[Symbol.asyncDispose]());
  afterEach(() => {
    for (const name of erp.faults.switches.names) erp.faults.switches.set(name, false);
  });

  const turn = (name: FaultName, on: boolean) =>
    erp.request("PUT", `/internal/faults/${name}`, { body: { on }, token: "" });

  it("are listed with what they do, and all are off at the start", async () => {
    const { status, body } = await erp.request("GET", "/internal/faults", { token: "" });
    expect(status).toBe(200);
    const names = body.faults.map((fault: { name: string }) => fault.name);
    expect(names).toEqual([
      "n-plus-one",
      "slow-sql",
      "errors",
      "event-loop-block",
      "cpu-burn",
      "memory-leak",
      "pool-exhaustion",
      "lock-wait",
    ]);
    for (const fault of body.faults)
      expect(fault).toMatchObject({ on: false, description: expect.any(String) });
  });

  it("are not there in a service that was started without them", async () => {
    await using plain = await startCoreErp({ faultsEnabled: false });
    expect((await plain.request("GET", "/internal/faults")).status).toBe(404);
    const put = await plain.request("PUT", "/internal/faults/n-plus-one", { body: { on: true } });
    expect(put.status).toBe(404);
  });

  describe("n-plus-one", () => {
    async function countStatements(limit: number): Promise<number> {
      let statements = 0;
      const counting: Queryable = {
        query: (query) => {
          statements += 1;
          return erp.db.query(query);
        },
      };
      await listOrdersLazily(counting, { limit });
      return statements;
    }

    it("answers the very same page over HTTP, and the sound one again once it is off", async () => {
      const sound = await erp.request("GET", "/api/orders?limit=30&status=confirmed");
      await turn("n-plus-one", true);
      expect((await erp.request("GET", "/api/orders?limit=30&status=confirmed")).body).toEqual(sound.body);
      await turn("n-plus-one", false);
      expect((await erp.request("GET", "/api/orders?limit=30&status=confirmed")).body).toEqual(sound.body);
    });

    // Red when: the lazy list loads its lines with one statement per page.
    it("sends two statements per order and one per line", async () => {
      for (const limit of [10, 100]) {
        const orders = await listOrders(erp.db, { limit });
        const lines = orders.reduce((sum, order) => sum + order.lineCount, 0);
        expect(await countStatements(limit)).toBe(1 + 2 * limit + lines);
      }
    });
  });

  it("slow-sql finds what the sound search finds, and more, without an index on any id", async () => {
    const sound = await erp.request("GET", "/api/customers?search=keller&limit=100");
    await turn("slow-sql", true);
    expect((await erp.request("GET", "/api/customers?search=keller&limit=100")).body).toEqual(sound.body);
    let plan = "";
    await searchCustomersSlowly(
      {
        query: async ({ text, values }) => {
          const { rows } = await erp.db.query<{ "QUERY PLAN": string }>({
            text: `explain ${text}`,
            ...(values ? { values } : {}),
          });
          plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
          return { rows: [], rowCount: 0 };
        },
      },
      { limit: 50, search: "keller" },
    );
    expect(plan).toMatch(/Seq Scan on orders/);
    expect(plan).toMatch(/Seq Scan on order_lines/);
  });

  it("errors fails for orders whose id ends in a letter, and only while it is on", async () => {
    const { body } = await erp.request("GET", "/api/orders?limit=50");
    const ids: string[] = body.orders.map((order: { id: string }) => order.id);
    await turn("errors", true);
    for (const id of ids) {
      const { status } = await erp.request("GET", `/api/orders/${id}`);
      expect(status).toBe(/[a-f]$/.test(id) ? 500 : 200);
    }
    await turn("errors", false);
    for (const id of ids.slice(0, 20))
      expect((await erp.request("GET", `/api/orders/${id}`)).status).toBe(200);
  });

  it("errors leaves nothing behind when it strikes while an order is placed", async () => {
    const { body } = await erp.request("GET", "/api/customers?limit=1");
    const startedAt = Date.now();
    await turn("errors", true);
    const answers = [];
    for (let index = 0; index < 40; index++) {
      answers.push(await erp.placeOrder(body.customers[0].id, [{ sku: "KT-0001", quantity: 1 }]));
    }
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201, 500]));
    const placed = answers.filter((answer) => answer.status === 201).length;
    const ledger = await erp.request("GET", "/api/stock/KT-0001/movements?limit=100");
    const reserved = ledger.body.movements.filter(
      (each: { createdAt: string; kind: string; quantity: number }) =>
        Date.parse(each.createdAt) > startedAt && each.kind === "reservation" && each.quantity === 1,
    );
    expect(reserved).toHaveLength(placed);
  });

  it("event-loop-block stops the whole process during a request", async () => {
    await turn("event-loop-block", true);
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    await expect.poll(() => delay.count, { interval: 5 }).toBeGreaterThan(0);
    expect((await erp.request("GET", "/api/items")).status).toBe(200);
    await expect.poll(() => delay.max / 1e6, { timeout: 5_000 }).toBeGreaterThan(50);
    delay.disable();
  });

  it("cpu-burn computes in as many threads as exceed 70 % of the allowed cores, and stops at once", async () => {
    for (const [cores, threads] of [
      [0.5, 1],
      [1, 1],
      [2, 2],
      [4, 3],
    ] as const) {
      const burn = createCpuBurn(cores);
      expect(threads / cores).toBeGreaterThan(0.7);
      const before = process.cpuUsage();
      burn.start();
      expect(burn.threads).toBe(threads);
      await expect.poll(() => process.cpuUsage(before).user / 1e3, { timeout: 10_000 }).toBeGreaterThan(200);
      burn.stop();
      await expect.poll(() => burn.threads, { timeout: 5_000 }).toBe(0);
    }
  });

  // Red when: the thread that looks is not heard, or threadsMax is not kept.
  it("cpu-burn starts more threads where it does not get the processors, at most four a core", async () => {
    // More than any machine has: never enough.
    const burn = createCpuBurn(0.5, 10_000);
    burn.start();
    expect(burn.threads).toBe(1);
    await expect.poll(() => burn.threads, { timeout: 20_000 }).toBe(2);
    burn.stop();
    await expect.poll(() => burn.threads, { timeout: 5_000 }).toBe(0);
  });

  it("memory-leak keeps every answer up to its bound, and lets all go when it is off", async () => {
    // Of this thread's buffers: the size of the whole process moves with whatever else ends in it.
    const buffered = () => process.memoryUsage().arrayBuffers;
    const before = buffered();
    const leak = createLeakyCache(150 * 1024 * 1024);
    for (let index = 0; index < 200; index++) leak.keep({ text: "x".repeat(100) });
    expect(leak.count).toBe(150);
    expect(buffered() - before).toBeGreaterThan(140 * 1024 * 1024);
    leak.clear();
    expect(leak.count).toBe(0);
    await expect.poll(() => buffered() - before, { timeout: 5_000 }).toBeLessThan(10e6);
  });

  // Red when: giveBack is not called by the switch.
  it("pool-exhaustion takes a connection per request and gives all back when it is off", async () => {
    const taken = () => erp.db.pool.totalCount - erp.db.pool.idleCount;
    await turn("pool-exhaustion", true);
    for (let index = 0; index < 3; index++) await erp.request("GET", "/api/stock?limit=1");
    await expect.poll(taken, { timeout: 5_000 }).toBe(3);
    await turn("pool-exhaustion", false);
    await expect.poll(taken, { timeout: 5_000 }).toBe(0);
  });

  it("lock-wait makes orders wait for a row, and lets them through when it is off", async () => {
    const free = async () => {
      const { rowCount } = await erp.db.adminDatabase.query({
        text: "select from core_erp.stock_balances for update skip locked",
      });
      return rowCount;
    };
    expect(await free()).toBe(100);
    await turn("lock-wait", true);
    await expect.poll(free, { timeout: 5_000, interval: 5 }).toBeLessThan(100);
    const { body } = await erp.request("GET", "/api/customers?limit=1");
    const placed = await erp.placeOrder(body.customers[0].id, [{ sku: "KT-0002", quantity: 1 }]);
    expect(placed.status).toBe(201);
    await turn("lock-wait", false);
    await expect.poll(free, { timeout: 5_000 }).toBe(100);
  });
});
