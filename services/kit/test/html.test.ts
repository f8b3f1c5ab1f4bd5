import { expect, it } from "vitest";
import { html, toSafeHref } from "../src/html.ts";

// Red when: html`` puts a value in as it is.
it("escapes every value, in text and in attributes", () => {
  const evil = `<script>"&'`;
  expect(String(html`<a title="${evil}">${evil}</a>`)).toBe(
    `<a title="&lt;script&gt;&quot;&amp;&#39;">&lt;script&gt;&quot;&amp;&#39;</a>`,
  );
});

it("takes HTML, lists and nothing", () => {
  expect(
    String(html`<ul>${["a", "<b>"].map((item) => html`<li>${item}</li>`)}${undefined}${false}</ul>`),
  ).toBe("<ul><li>a</li><li>&lt;b&gt;</li></ul>");
});

it("lets only web addresses be followed", () => {
  expect(toSafeHref("https://kontor.example/a?b")).toBe("https://kontor.example/a?b");
  expect(toSafeHref("javascript:alert(1)")).toBe("#");
  expect(toSafeHref(" javascript:alert(1)")).toBe("#");
});
