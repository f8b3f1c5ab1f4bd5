import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCoreErp, type TestCoreErp } from "../start-core-erp.ts";

describe("customers", () => {
  let erp: TestCoreErp;
  beforeAll(async () => {
    erp = await startCoreErp();
    for (const name of ["Müller & Söhne GmbH", "Mühlbauer AG", "O'Brien Tools", "Schütz-Thiele KG"]) {
      await erp.createCustomer(name);
    }
  });
  afterAll(() => erp[Symbol.asyncDispose]());

  async function search(words: string): Promise<string[]> {
    const { body } = await erp.request("GET", `/api/customers?search=${encodeURIComponent(words)}`);
    return body.customers.map((customer: { name: string }) => customer.name);
  }

  it("a new one can be read back", async () => {
    const body = { name: "  Keller Logistik  ", email: "info@keller.example" };
    const created = await erp.request("POST", "/api/customers", { body });
    expect(created).toMatchObject({ status: 201, body: { name: "Keller Logistik", email: body.email } });
    const path = created.headers.get("location") ?? "";
    expect((await erp.request("GET", path)).body).toEqual(created.body);
  });

  it("are found by the beginnings of words, in any order, case and punctuation aside", async () => {
    expect(await search("mü")).toEqual(["Mühlbauer AG", "Müller & Söhne GmbH"]);
    expect(await search("SÖHNE, mül")).toEqual(["Müller & Söhne GmbH"]);
    expect(await search("brien")).toEqual(["O'Brien Tools"]);
    expect(await search("thiele schütz")).toEqual(["Schütz-Thiele KG"]);
    expect(await search("hlbauer")).toEqual([]);
  });

  it.each(["'", "a' or 1=1 --", "& | ! ( ) :*", "%", "\\", "***"])(
    "a hostile search is only text: %s",
    async (words) => {
      expect(await search(words)).toEqual([]);
    },
  );

  it("what cannot be is refused with every reason at once", async () => {
    const refused = await erp.request("POST", "/api/customers", {
      body: { name: " ", email: "nobody", vip: true },
    });
    expect(refused.status).toBe(400);
    const paths = refused.body.errors.map((error: { path: string }) => error.path);
    expect(paths).toEqual(expect.arrayContaining(["body.name", "body.email"]));
    for (const name of ["a\u0000b", "x".repeat(201), 7, null]) {
      const answer = await erp.request("POST", "/api/customers", { body: { name, email: "a@b.example" } });
      expect(answer.status).toBe(400);
    }
  });

  it("one that does not exist is 404, and no id of one is 400", async () => {
    const missing = await erp.request("GET", `/api/customers/${randomUUID()}`);
    expect(missing).toMatchObject({ status: 404, body: { code: "customers.not_found" } });
    expect((await erp.request("GET", "/api/customers/1")).status).toBe(400);
  });
});
