import { describe, expect, it } from "vitest";
import { z } from "zod";
import { toOpenApi } from "../../src/http/open-api.ts";
import { defineRoute } from "../../src/http/route.ts";

const route = defineRoute({
  method: "put",
  path: "/api/items/:sku/prices/:currency",
  summary: "Set a price",
  tags: ["items"],
  access: { permission: "items.write" },
  params: z.object({ sku: z.string(), currency: z.enum(["EUR", "CHF"]) }),
  body: z.strictObject({ cents: z.int().min(0) }),
  responses: { 200: z.object({ cents: z.int() }), 204: z.void() },
  handle: async () => ({ cents: 1 }),
});

const open = defineRoute({
  method: "get",
  path: "/api/items",
  summary: "Items",
  access: "public",
  query: z.object({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
  responses: { 200: z.object({ items: z.array(z.string()) }) },
  handle: async () => ({ items: [] }),
});

describe("toOpenApi", () => {
  const document = JSON.parse(JSON.stringify(toOpenApi([route, open], { title: "Test", version: "2.0.0" })));

  it("is OpenAPI 3.1 with the paths as templates", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual(["/api/items/{sku}/prices/{currency}", "/api/items"]);
  });

  it("documents body, parameters, answers and the problem of a route", () => {
    const put = document.paths["/api/items/{sku}/prices/{currency}"].put;
    expect(put.parameters.map((each: { name: string }) => each.name)).toEqual(["sku", "currency"]);
    expect(put.requestBody.content["application/json"].schema.properties.cents).toMatchObject({
      type: "integer",
      minimum: 0,
    });
    expect(Object.keys(put.responses)).toEqual(["200", "204", "default"]);
    expect(put.responses["204"].content).toBeUndefined();
    expect(put.responses.default.content["application/problem+json"].schema.$ref).toBe(
      "#/components/schemas/Problem",
    );
  });

  it("says which routes need a token", () => {
    expect(document.paths["/api/items/{sku}/prices/{currency}"].put.security).toEqual([{ bearer: [] }]);
    expect(document.paths["/api/items"].get.security).toEqual([]);
  });
});
