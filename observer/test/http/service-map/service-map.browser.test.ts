import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startPages } from "../pages/page-fixture.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: inject("chromiumPath"), args: ["--no-sandbox"] });
});
afterAll(() => browser?.close());

describe("the service map in Chromium", () => {
  it("is read with the keyboard alone, and its picture shows what is wrong in another colour", async () => {
    await using pages = await startPages();
    const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    await page.goto(`${pages.url}/service-map`);
    // Red when: lines of the picture take all the same class
    expect(await page.locator("svg .call.bad").count()).toBe(1);
    const colours = await Promise.all(
      ["bad", "good"].map((state) =>
        page.evaluate(`getComputedStyle(document.querySelector("svg .call.${state} .call-line")).stroke`),
      ),
    );
    expect(colours[0]).toMatch(/^rgb/);
    expect(colours[0]).not.toBe(colours[1]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.getByRole("link", { name: "traces", exact: true }).first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/traces\?service=core-erp&from=now-15m&errorsOnly=true$/);
    await page.close();
  });
});
