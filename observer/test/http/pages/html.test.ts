import { escapeHtml, html, path } from "@kontor/observer/http/pages/html";
import { createServiceColours } from "@kontor/observer/http/pages/service-colours";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("html", () => {
  // Red when: toText puts a string in as it is.
  it("escapes every text, in content and in quoted attributes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const made = html`<a title="${text}">${text}</a>`.toString();
        expect(made).toMatch(/^<a title="[^<>"']*">[^<>"']*<\/a>$/);
      }),
    );
  });

  it("loses nothing of a text but control characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."<>&\"' aä€😀\n\t") }), (text) => {
        const back = escapeHtml(text).replace(
          /&(lt|gt|quot|#39|amp);/g,
          (_, name: string) => ({ lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" })[name] ?? "",
        );
        expect(back).toBe(text);
      }),
    );
    expect(escapeHtml("a\u0000\u001b\u0085b")).toBe("ab");
  });

  it("takes html as it is, joins arrays, and leaves nothing for what is not there", () => {
    const items = ["<1>", 2].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${items}</ul>${undefined}${null}${false}${0}`.toString()).toBe(
      "<ul><li>&lt;1&gt;</li><li>2</li></ul>0",
    );
  });
});

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
