import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { chainOf, mapOf } from "../pages/map-samples.ts";
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
    await page.getByRole("link", { name: "traces", exact: true }).first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/traces\?service=core-erp&from=now-15m&errorsOnly=true$/);
    await page.close();
  });

  // Red when: the picture keeps its own width, or shrinks for ever.
  it.each([
    { width: 1280, layers: 7, fits: true },
    { width: 1280, layers: 12, fits: false },
    { width: 390, layers: 3, fits: false },
  ])(
    "$layers layers in a window of $width fit: $fits; else they stay readable and a shade says that there is more",
    async ({ width, layers, fits }) => {
      await using pages = await startPages({ readServiceMap: mapOf(chainOf(layers - 1)) });
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      await page.goto(`${pages.url}/service-map`);
      expect(await page.locator("svg .node").count()).toBe(layers);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      expect(await page.locator(".map").evaluate((map) => map.scrollWidth <= map.clientWidth)).toBe(fits);
      const shade = "getComputedStyle(document.querySelector('.map'), '::after').opacity";
      await expect.poll(() => page.evaluate(shade)).toBe(fits ? "0" : "1");
      const name = await page.locator("svg .node").first().boundingBox();
      expect(name?.width).toBeGreaterThan(110);
      await page.close();
    },
  );
});
