import { describe, expect, it } from "vitest";
import { fillJson, fillText, readPath } from "../../src/load/placeholders.ts";

const values = new Map<string, unknown>([
  ["id", 7],
  ["names", ["a", "b", "c"]],
]);

describe("placeholders", () => {
  it.each([
    ["/orders/{{id}}/confirm", 0, "/orders/7/confirm"],
    ["{{int:3:5}}", 0, "3"],
    ["{{int:3:5}}", 0.999, "5"],
    ["{{pick:names}}", 0.5, "b"],
    ["{ {id}} {id}", 0, "{ {id}} {id}"],
  ])("fill %s at random %d", (text, random, filled) => {
    expect(fillText(text, values, () => random)).toBe(filled);
  });

  it("alone in a text keep their type, inside a text become part of it", () => {
    const body = { id: "{{id}}", lines: [{ sku: "{{pick:names}}", text: "no {{id}}", flag: true }] };
    expect(fillJson(body, values, () => 0)).toEqual({
      id: 7,
      lines: [{ sku: "a", text: "no 7", flag: true }],
    });
  });

  it("that nothing saved are an error", () => {
    expect(() => fillText("{{nothing}}", values, () => 0)).toThrow('"nothing"');
    expect(() => fillText("{{pick:id}}", values, () => 0)).toThrow('"id"');
  });
});

describe("a path into an answer", () => {
  const answer = { id: 1, page: { next: "n" }, items: [{ sku: "a" }, { sku: "b" }], tags: ["x"] };
  it.each([
    ["id", 1],
    ["page.next", "n"],
    ["items[*].sku", ["a", "b"]],
    ["tags[*]", ["x"]],
    ["none", undefined],
    ["none.deeper", undefined],
    ["id[*].x", undefined],
  ])("%s", (path, value) => {
    expect(readPath(answer, path)).toEqual(value);
  });
});
