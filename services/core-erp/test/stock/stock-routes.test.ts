import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCoreErp, type TestCoreErp } from "../start-core-erp.ts";

describe("stock over HTTP", () => {
  let erp: TestCoreErp;
  beforeAll(async () => {
    erp = await startCoreErp();
  });
  afterAll(() => erp[Symbol.asyncDispose]());

  const receive = (body: unknown, headers = {}) =>
    erp.request("POST", "/api/stock/receipts", { body, headers });
  const adjust = (body: unknown) => erp.request("POST", "/api/stock/adjustments", { body });
  const movements = async (sku: string) =>
    (await erp.request("GET", `/api/stock/${sku}/movements`)).body.movements;

  it("the ledger of an item tells everything that happened to it, newest first", async () => {
    const sku = await erp.createItem(0);
    await receive({ sku, quantity: 10, note: "delivery 4711" });
    const order = await erp.placeOrder(await erp.createCustomer(), [{ sku, quantity: 4 }]);
    await adjust({ sku, quantity: -1, note: "broken" });
    await erp.request("POST", `/api/orders/${order.body.id}/confirm`);
    expect(await movements(sku)).toMatchObject([
      { sequence: 4, kind: "issue", quantity: 4, onHandAfter: 5, reservedAfter: 0, orderId: order.body.id },
      { sequence: 3, kind: "adjustment", quantity: -1, onHandAfter: 9, reservedAfter: 4, note: "broken" },
      { sequence: 2, kind: "reservation", quantity: 4, onHandAfter: 10, reservedAfter: 4 },
      {
        sequence: 1,
        kind: "receipt",
        quantity: 10,
        onHandAfter: 10,
        reservedAfter: 0,
        note: "delivery 4711",
      },
    ]);
  });

  it("a receipt repeated with its Idempotency-Key counts once, without one it counts again", async () => {
    const sku = await erp.createItem(0);
    const headers = { "idempotency-key": "delivery-1" };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => receive({ sku, quantity: 3 }, headers)),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(await movements(sku)).toHaveLength(1);
    await receive({ sku, quantity: 3 });
    await receive({ sku, quantity: 3 });
    expect(await movements(sku)).toHaveLength(3);
  });

  // Red when: appendOne does not call requireAvailable.
  it("an adjustment never takes what is promised to an order", async () => {
    const sku = await erp.createItem(10);
    await erp.placeOrder(await erp.createCustomer(), [{ sku, quantity: 8 }]);
    expect(await adjust({ sku, quantity: -3, note: "lost" })).toMatchObject({
      status: 409,
      body: { code: "stock.insufficient", details: { items: [{ sku, requested: 3, available: 2 }] } },
    });
    expect((await adjust({ sku, quantity: -2, note: "lost" })).status).toBe(201);
    const { body } = await erp.request("GET", `/api/stock?search=${sku}`);
    expect(body.stock).toMatchObject([{ sku, onHand: 8, reserved: 8, available: 0 }]);
  });

  it("what cannot be is refused with its reason", async () => {
    const sku = await erp.createItem(0);
    expect(await receive({ sku: "NOPE", quantity: 1 })).toMatchObject({
      status: 422,
      body: { code: "stock.unknown_item" },
    });
    for (const quantity of [0, -1, 1.5, 1_000_001, "1"])
      expect((await receive({ sku, quantity })).status).toBe(400);
    expect((await adjust({ sku, quantity: 0, note: "x" })).status).toBe(400);
    expect((await adjust({ sku, quantity: 1 })).status).toBe(400);
    const missing = await erp.request("GET", "/api/stock/NOPE/movements");
    expect(missing).toMatchObject({ status: 404, body: { code: "items.not_found" } });
    expect((await erp.request("GET", "/api/stock/nope/movements")).status).toBe(400);
  });
});
