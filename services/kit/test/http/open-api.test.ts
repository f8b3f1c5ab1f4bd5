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
  answerHeaders: { Location: "The price" },
  problems: { 422: "There is no such item" },
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
    expect(Object.keys(put.responses)).toEqual([
      ...["200", "204", "400", "401", "403", "413", "415", "422", "default"],
    ]);
    expect(put.responses["200"].headers).toHaveProperty("Location");
    expect(put.responses["401"].headers).toHaveProperty("WWW-Authenticate");
    expect(Object.keys(document.paths["/api/items"].get.responses)).toEqual(["200", "400", "default"]);
    expect(put.responses["204"].content).toBeUndefined();
    expect(put.responses.default.content["application/problem+json"].schema.$ref).toBe(
      "#/components/schemas/Problem",
    );
  });

  it("says which routes need a token", () => {
    expect(document.paths["/api/items/{sku}/prices/{currency}"].put.security).toEqual([{ bearer: [] }]);
    expect(document.paths["/api/items"].get.security).toEqual([]);
  });

  // Red when: the generator's patterns are taken as they are: `^a$/u` for `/^a$/u` is an expression that no text matches.
  it("writes expressions without their delimiters and flags, and what matches them is what is taken", () => {
    const given = documentOf(z.string().regex(/^\p{Lu}\/u$/u)).schema.pattern;
    expect(new RegExp(given, "u").test("A/u")).toBe(true);
    expect(documentOf(z.string().regex(/^a\/u/)).schema.pattern).toBe("^a\\/u");
    expect(() => documentOf(z.string().regex(/^a$/i))).toThrow("flags");
  });

  // Red when: `toRequestBody` says that every body is required.
  it("a body that may be left out is not required, and another form of an answer is named", () => {
    expect(documentOf(z.string(), z.object({}).optional()).body.required).toBe(false);
    expect(documentOf(z.string(), z.object({})).body.required).toBe(true);
    expect(Object.keys(documentOf(z.string()).content)).toEqual(["text/plain"]);
  });
});

/** A route that takes a parameter and a body, and answers with a text, as it is documented. */
function documentOf(name: z.ZodType, body: z.ZodType = z.object({})) {
  const text = defineRoute({
    ...{ method: "post", path: "/text", summary: "Text", access: "public", otherTypes: ["text/plain"] },
    ...{ query: z.object({ name }), body, responses: { 200: z.string() } },
    handle: async () => "",
  });
  const { post } = JSON.parse(JSON.stringify(toOpenApi([text], { title: "Test", version: "1" }))).paths[
    "/text"
  ];
  return {
    schema: post.parameters[0].schema,
    body: post.requestBody,
    content: post.responses["200"].content,
  };
}
