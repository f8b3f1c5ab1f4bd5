import {
  argumentsOf,
  hidesValues,
  namesFile,
  toNameTemplate,
  toUrlTemplate,
  withoutPage,
} from "@kontor/observer/diagnosis/addresses";
import { describe, expect, it } from "vitest";

describe("what names one thing", () => {
  it.each([
    ["https://shop:8002/api/items/17?x=1", "shop:8002/api/items/{id}"],
    ["//shop/items/0b0e7a52-2a5e-4a53-8a3c-0d7d5a8f8f11#top", "shop/items/{id}"],
    ["http://user:pass@shop/items/red-shoes", "shop/items/red-shoes"],
  ])("is taken out of an address: %s", (url, template) => expect(toUrlTemplate(url)).toBe(template));

  // Red when: toNameTemplate returns the name as it came.
  it.each([
    ["GET /orders/17", "GET /orders/{id}"],
    ["import 4711", "import {id}"],
    ["process order-4711", "process order-{id}"],
    ["job #4711", "job #{id}"],
    ["GET /api/v2/orders", "GET /api/v2/orders"],
    ["OrderService.v2", "OrderService.v2"],
    ["orders process", "orders process"],
  ])("is taken out of a name: %s", (name, template) => expect(toNameTemplate(name)).toBe(template));
});

describe("what a caller had to know", () => {
  it.each<[string, string | undefined, readonly string[]]>([
    ["http://a/v1/customers/42?sort=asc&of=x", undefined, ["42", "x"]],
    ["http://a/accounts/alice", undefined, []],
    ["http://a/accounts/alice", "GET /accounts/:name", ["alice"]],
    ["http://a/bank/accounts/alice", "GET /accounts/{name}", ["alice"]],
  ])("of %s with route %s", (target, route, known) => expect(argumentsOf(target, route)).toEqual(known));
});

describe("pages of one list", () => {
  it.each([
    ["http://crm/contacts?limit=9&page=1", "http://crm/contacts?page=2&limit=9", true],
    ["http://crm/contacts?cursor=abc", "http://crm/contacts?cursor=xyz", true],
    ["http://crm/contacts/page/1", "http://crm/contacts/page/2", true],
    ["http://crm/contacts?id=1&page=1", "http://crm/contacts?id=2&page=1", false],
    ["http://crm/contacts/1", "http://crm/contacts/2", false],
  ])("%s and %s: %s", (a, b, same) => expect(withoutPage(a) === withoutPage(b)).toBe(same));
});

it("files and hidden values are known by their look", () => {
  expect(["/exports/orders.csv", "/app.min.js?x=1"].filter(namesFile)).toHaveLength(2);
  expect(["/orders", "/orders.json", "/v1.2", "/index.php"].filter(namesFile)).toEqual([]);
  expect(["http://a/b?*", "http://a/b?c=*&d=1"].filter(hidesValues)).toHaveLength(2);
  expect(["http://a/b?c=a*b", "http://a/*"].filter(hidesValues)).toEqual([]);
});
