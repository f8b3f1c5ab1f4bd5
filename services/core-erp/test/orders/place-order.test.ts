import { randomUUID } from "node:crypto";
import { inTransaction } from "@kontor/kit/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBrokenChains, readBalances, sumLedger } from "../read-ledger.ts";
import { startCoreErp, type TestCoreErp } from "../start-core-erp.ts";

describe("placing an order", () => {
  let erp: TestCoreErp;
  let customerId: string;
  beforeAll(async () => {
    erp = await startCoreErp();
    customerId = await erp.createCustomer("Möller & Söhne");
  });
  afterAll(() => erp[Symbol.asyncDispose]());

  async function count(table: string, where = "true"): Promise<number> {
    const { rows } = await erp.db.query<{ count: number }>({
      text: `select count(*) from ${table} where ${where}`,
    });
    return rows[0]?.count ?? 0;
  }
  const stockOf = async (sku: string) => (await readBalances(erp.db)).get(sku);

  it("answers the order with prices and numbered lines, and reserves its stock", async () => {
    const [first, second] = [await erp.createItem(10, 250), await erp.createItem(10, 99)];
    const placed = await erp.placeOrder(customerId, [
      { sku: first, quantity: 3 },
      { sku: second, quantity: 2 },
      { sku: first, quantity: 1 },
    ]);
    expect(placed.status).toBe(201);
    expect(placed.headers.get("location")).toBe(`/api/orders/${placed.body.id}`);
    expect(placed.body).toMatchObject({
      status: "placed",
      customer: { id: customerId, name: "Möller & Söhne" },
      totalCents: 3 * 250 + 2 * 99 + 250,
      lines: [
        { lineNumber: 1, sku: first, quantity: 3, unitPriceCents: 250, totalCents: 750 },
        { lineNumber: 2, sku: second, quantity: 2, unitPriceCents: 99, totalCents: 198 },
        { lineNumber: 3, sku: first, quantity: 1, unitPriceCents: 250, totalCents: 250 },
      ],
    });
    expect(placed.body.number).toMatch(/^SO-\d{8}$/);
    expect(await stockOf(first)).toEqual({ onHand: 10, reserved: 4 });
    expect((await erp.request("GET", `/api/orders/${placed.body.id}`)).body).toEqual(placed.body);
  });

  it("leaves one event in the outbox that carries what a mail to the customer needs", async () => {
    const sku = await erp.createItem(5, 100);
    const placed = await erp.placeOrder(customerId, [{ sku, quantity: 2 }]);
    const { rows } = await erp.db.query({
      text: "select name, payload from core_erp.outbox where payload ->> 'orderId' = $1",
      values: [placed.body.id],
    });
    expect(rows).toMatchObject([
      {
        name: "orders.placed",
        payload: {
          orderNumber: placed.body.number,
          customerName: "Möller & Söhne",
          customerEmail: "buyer@customer.example",
          totalCents: 200,
          lines: [{ sku, quantity: 2, unitPriceCents: 100 }],
        },
      },
    ]);
  });

  // Red when: place() does not call requireAvailable.
  it("never sells more than there is: of 50 orders at once for 10 pieces exactly 10 are placed", async () => {
    const sku = await erp.createItem(10);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => erp.placeOrder(customerId, [{ sku, quantity: 1 }])),
    );
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(10);
    expect(statuses.filter((status) => status === 409)).toHaveLength(40);
    expect(await stockOf(sku)).toEqual({ onHand: 10, reserved: 10 });
    const short = answers.find((answer) => answer.status === 409);
    expect(short?.body).toMatchObject({
      code: "stock.insufficient",
      details: { items: [{ sku, requested: 1, available: 0 }] },
    });
  });

  // Red when: place() appends its movements without lockBalances before.
  it("orders that want the same items in opposite order never deadlock", async () => {
    const skus = await Promise.all(Array.from({ length: 6 }, () => erp.createItem(1_000)));
    const lines = skus.map((sku) => ({ sku, quantity: 1 }));
    const before = await readDeadlocks();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        erp.placeOrder(customerId, index % 2 === 0 ? lines : lines.toReversed()),
      ),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    expect(await readDeadlocks()).toBe(before);
  });

  async function readDeadlocks(): Promise<number> {
    const { rows } = await erp.db.adminDatabase.query<{ deadlocks: number }>({
      text: `select deadlocks from pg_stat_database where datname = current_database()`,
    });
    return rows[0]?.deadlocks ?? -1;
  }

  describe("with an Idempotency-Key", () => {
    // Red when: placeOrder works without transactOnce.
    it("the same request at once, twenty times, is one order, one reservation and one event", async () => {
      const sku = await erp.createItem(100);
      const key = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => erp.placeOrder(customerId, [{ sku, quantity: 3 }], key)),
      );
      const ids = new Set(answers.map((answer) => answer.body.id));
      expect(ids.size).toBe(1);
      expect(answers.filter((answer) => !answer.headers.has("idempotency-replayed"))).toHaveLength(1);
      const [id] = ids;
      expect(await count("core_erp.outbox", `payload ->> 'orderId' = '${id}'`)).toBe(1);
      expect(await count("core_erp.orders", `id = '${id}'`)).toBe(1);
      expect(await stockOf(sku)).toEqual({ onHand: 100, reserved: 3 });
    });

    it("the same request later is answered the same, also when the order has changed since", async () => {
      const sku = await erp.createItem(100);
      const key = "retry-1";
      const first = await erp.placeOrder(customerId, [{ sku, quantity: 1 }], key);
      await erp.request("POST", `/api/orders/${first.body.id}/confirm`);
      const again = await erp.placeOrder(customerId, [{ sku, quantity: 1 }], key);
      expect([again.status, again.body]).toEqual([first.status, first.body]);
      expect(again.headers.get("location")).toBe(first.headers.get("location"));
      expect(again.headers.get("idempotency-replayed")).toBe("true");
    });

    it("one JSON document spelt in two ways is one request", async () => {
      const sku = await erp.createItem(100);
      const send = (body: string) =>
        erp.request("POST", "/api/orders", {
          body,
          headers: { "idempotency-key": "spelt", "content-type": "application/json" },
        });
      const first = await send(`{"customerId":"${customerId}","lines":[{"sku":"${sku}","quantity":1}]}`);
      const again = await send(
        `{ "lines": [{"quantity": 1, "sku": "${sku}"}], "customerId": "${customerId}" }`,
      );
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(first.body);
    });

    // Red when: findOutcome's request hash is not compared.
    it("another request is 422 and changes nothing", async () => {
      const sku = await erp.createItem(100);
      await erp.placeOrder(customerId, [{ sku, quantity: 1 }], "taken");
      const other = await erp.placeOrder(customerId, [{ sku, quantity: 2 }], "taken");
      expect(other).toMatchObject({ status: 422, body: { code: "idempotency.key_reused" } });
      expect(await stockOf(sku)).toEqual({ onHand: 100, reserved: 1 });
    });

    it("a refusal is repeated too, even when it would succeed by now", async () => {
      const sku = await erp.createItem(1);
      const refused = await erp.placeOrder(customerId, [{ sku, quantity: 2 }], "refused");
      await erp.request("POST", "/api/stock/receipts", { body: { sku, quantity: 5 } });
      const again = await erp.placeOrder(customerId, [{ sku, quantity: 2 }], "refused");
      expect(refused).toMatchObject({ status: 409, body: { code: "stock.insufficient" } });
      expect(again.status).toBe(409);
      expect(again.body.details).toEqual(refused.body.details);
      expect(await stockOf(sku)).toEqual({ onHand: 6, reserved: 0 });
    });

    // Red when: the primary key of idempotency_keys loses caller_id.
    it("two callers may use the same key", async () => {
      const sku = await erp.createItem(100);
      const body = { customerId, lines: [{ sku, quantity: 1 }] };
      const headers = { "idempotency-key": "shared" };
      const tokens = [await erp.token({ userId: "anna" }), await erp.token({ userId: "ben" })];
      const [anna, ben] = await Promise.all(
        tokens.map((token) => erp.request("POST", "/api/orders", { body, headers, token })),
      );
      expect([anna?.status, ben?.status]).toEqual([201, 201]);
      expect(anna?.body.id).not.toBe(ben?.body.id);
    });

    it("missing or unusable it is 400", async () => {
      const body = { customerId, lines: [{ sku: "X", quantity: 1 }] };
      const missing = await erp.request("POST", "/api/orders", { body });
      expect(missing).toMatchObject({ status: 400, body: { code: "request.invalid" } });
      expect(missing.body.errors[0].path).toBe("headers.idempotency-key");
      const tooLong = await erp.placeOrder(customerId, [], "k".repeat(256));
      expect(tooLong.status).toBe(400);
    });
  });

  // Red when: the event is appended outside of the transaction, or the key is kept outside of it.
  it("a crash in the middle leaves nothing: no order, no reservation, no event, and the key is free", async () => {
    const sku = await erp.createItem(10);
    await erp.db.adminDatabase.query({
      text: "alter table core_erp.outbox add constraint crash check (name <> 'orders.placed') not valid",
    });
    const before = await countAll();
    const crashed = await erp.placeOrder(customerId, [{ sku, quantity: 4 }], "crash");
    expect(crashed.status).toBe(500);
    expect(await countAll()).toEqual(before);
    await erp.db.adminDatabase.query({ text: "alter table core_erp.outbox drop constraint crash" });
    expect((await erp.placeOrder(customerId, [{ sku, quantity: 4 }], "crash")).status).toBe(201);
    expect(await stockOf(sku)).toEqual({ onHand: 10, reserved: 4 });
  });

  it("a connection cut in the middle leaves nothing, and the retry places the order once", async () => {
    const sku = await erp.createItem(10);
    const before = await countAll();
    const admin = erp.db.adminDatabase;
    const { cut } = await inTransaction(admin, async (tx) => {
      await tx.query({ text: "select from core_erp.stock_balances for update" });
      const answer = erp.placeOrder(customerId, [{ sku, quantity: 4 }], "cut");
      const terminate = async () => {
        const { rowCount } = await admin.query({
          text: `select pg_terminate_backend(pid) from pg_stat_activity
                  where datname = current_database() and wait_event_type = 'Lock'`,
        });
        return rowCount;
      };
      await expect.poll(terminate, { timeout: 5_000 }).toBe(1);
      return { cut: answer };
    });
    expect((await cut).status).toBeGreaterThanOrEqual(500);
    expect(await countAll()).toEqual(before);
    expect((await erp.placeOrder(customerId, [{ sku, quantity: 4 }], "cut")).status).toBe(201);
    expect(await stockOf(sku)).toEqual({ onHand: 10, reserved: 4 });
  });

  async function countAll() {
    const tables = ["orders", "order_lines", "stock_movements", "outbox", "idempotency_keys"];
    return Promise.all(tables.map((table) => count(`core_erp.${table}`)));
  }

  it("what cannot be is refused with its reason", async () => {
    const sku = await erp.createItem(1_000_000, 1_000_000_000);
    const place = async (body: unknown) =>
      erp.request("POST", "/api/orders", { body, headers: { "idempotency-key": randomUUID() } });
    const code = async (body: unknown) => {
      const answer = await place(body);
      return [answer.status, answer.body.code];
    };
    const line = { sku, quantity: 1 };
    expect(await code({ customerId: randomUUID(), lines: [line] })).toEqual([422, "orders.unknown_customer"]);
    const unknown = await place({
      customerId,
      lines: [line, { sku: "NO-1", quantity: 1 }, { sku: "NO-2", quantity: 1 }],
    });
    expect(unknown).toMatchObject({ status: 422, body: { code: "orders.unknown_items" } });
    expect(unknown.body.details).toEqual({ skus: ["NO-1", "NO-2"] });
    const huge = { sku, quantity: 1_000_000 };
    expect(await code({ customerId, lines: [huge, huge] })).toEqual([422, "orders.total_too_large"]);
    for (const lines of [
      [],
      [{ sku, quantity: 0 }],
      [{ sku, quantity: 1.5 }],
      [{ sku: "\u0000", quantity: 1 }],
      "x",
    ]) {
      expect(await code({ customerId, lines })).toEqual([400, "request.invalid"]);
    }
    expect(await code({ customerId, lines: [line], discount: 1 })).toEqual([400, "request.invalid"]);
  });

  it("after all of this every balance is the sum of its ledger", async () => {
    expect(await readBalances(erp.db)).toEqual(await sumLedger(erp.db));
    expect(await findBrokenChains(erp.db)).toEqual([]);
  });
});
