import { path } from "@kontor/observer/http/pages/page-path";
import { createServiceColours } from "@kontor/observer/http/pages/service-colours";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("path", () => {
  it("keeps every value in its segment", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const made = path`/traces/${text}?service=${text}`;
        expect(made).toMatch(/^\/traces\/[^/?#"<>\s]*\?service=[^/?#&"<>\s]*$/);
      }),
    );
  });
});

describe("colours of services", () => {
  it("are apart on one page, and the same from page to page for a service that is first", () => {
    const names = ["gateway", "core-erp", "auth", "notification", "mail", "ai", "reporting", "ui", "a", "b"];
    const colourOf = createServiceColours(names);
    expect(new Set(names.map(colourOf)).size).toBe(10);
    expect(createServiceColours(["gateway"])("gateway")).toBe(colourOf("gateway"));
    expect(createServiceColours([])("gateway")).toBe(colourOf("gateway"));
  });

  it("exist for any number of services", () => {
    const names = Array.from({ length: 300 }, (_, i) => `service-${i}`);
    const colourOf = createServiceColours(names);
    for (const name of names) expect(colourOf(name)).toMatch(/^svc-\d$/);
  });
});
