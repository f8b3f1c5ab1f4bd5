import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { openCatcher } from "./open-catcher.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: inject("chromiumPath"), args: ["--no-sandbox"] });
});
afterAll(() => browser?.close());

// Red when: a subject does not break within a word.
it.each([390, 1280, 1440])(
  "list and mail are no wider than a window of %i pixels, whatever is in a mail",
  async (width) => {
    await using catcher = await openCatcher();
    const long = "unbreakable".repeat(60);
    const html = `<p>${long}</p><table width="3000"><tr><td>${long}</td></tr></table>`;
    await catcher.send({ id: `${long}@x`, subject: long, text: long, html }, [
      `${"unbreakable".repeat(5)}@kontor.example`,
    ]);
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    await page.goto(catcher.url);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    await page.locator("a[href^='/messages/']").first().click();
    await page.waitForURL(/\/messages\//);
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    await page.close();
  },
);
