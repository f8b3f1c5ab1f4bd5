import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCoreErp, type TestCoreErp } from "../start-core-erp.ts";

describe("items", () => {
  let erp: TestCoreErp;
  beforeAll(async () => {
    erp = await startCoreErp();
  });
  afterAll(() => erp[Symbol.asyncDispose]());

  const create = (sku: unknown, name: unknown = "Bolt", priceCents: unknown = 5) =>
    erp.request("POST", "/api/items", { body: { sku, name, priceCents } });

  it("a new one can be read back by its SKU and has an empty stock", async () => {
    const created = await create("KT-0001", "Sechskantschraube M8", 25);
    expect(created).toMatchObject({ status: 201, body: { sku: "KT-0001", priceCents: 25 } });
    expect((await erp.request("GET", created.headers.get("location") ?? "")).body).toEqual(created.body);
    expect((await erp.request("GET", "/api/stock?search=kt 0001")).body.stock).toMatchObject([
      { sku: "KT-0001", onHand: 0, reserved: 0, available: 0 },
    ]);
  });

  // Red when: insertItem loses its `on conflict`.
  it("of ten at once with one SKU one is created and the others are 409", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => create("SAME")));
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([201, ...Array(9).fill(409)]);
    const refused = answers.find((answer) => answer.status === 409);
    expect(refused?.body).toMatchObject({ code: "items.sku_taken", details: { sku: "SAME" } });
  });

  it("are found by SKU and by name", async () => {
    await create("FIND-77", "Kugellager M10");
    for (const words of ["find-77", "kugel", "m10 find", "77"]) {
      const { body } = await erp.request("GET", `/api/items?search=${encodeURIComponent(words)}`);
      expect(body.items).toMatchObject([{ sku: "FIND-77" }]);
    }
  });

  it.each([
    ["lower", "Bolt", 5],
    ["-A", "Bolt", 5],
    ["A B", "Bolt", 5],
    ["A".repeat(65), "Bolt", 5],
    ["OK-1", "", 5],
    ["OK-1", "Bolt", -1],
    ["OK-1", "Bolt", 1.5],
    ["OK-1", "Bolt", 1_000_000_001],
    ["OK-1", "Bolt", "5"],
  ])("SKU %s, name %s, price %s is 400", async (sku, name, priceCents) => {
    expect((await create(sku, name, priceCents)).status).toBe(400);
  });

  it("one that does not exist is 404", async () => {
    const missing = await erp.request("GET", "/api/items/NOPE");
    expect(missing).toMatchObject({ status: 404, body: { code: "items.not_found" } });
  });
});
