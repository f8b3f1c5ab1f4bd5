import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { listingTrace } from "../../diagnosis/sample-traces.ts";
import { hostileTrace, pageAddresses, startPages } from "./page-fixture.ts";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface AxeWindow {
  readonly axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
  readonly hacked?: number;
}

let pages: Awaited<ReturnType<typeof startPages>>;
let browser: Browser;

beforeAll(async () => {
  const executablePath = inject("chromiumPath");
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  pages = await startPages();
});
afterAll(async () => {
  await browser?.close();
  await pages?.[Symbol.asyncDispose]();
});

async function openPage(
  address: string,
  colorScheme: "light" | "dark",
  bypassCSP = false,
): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({ colorScheme, bypassCSP });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(pages.url + address);
  return { page, errors };
}

describe("in Chromium", () => {
  it.each(["light", "dark"] as const)(
    "axe finds nothing on any page, opened rows included, in %s",
    async (scheme) => {
      for (const address of pageAddresses()) {
        // axe needs a script of its own in the page.
        const { page } = await openPage(address, scheme, true);
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        await page.addScriptTag({ path: axePath });
        const { violations } = await page.evaluate(async () =>
          (globalThis as unknown as AxeWindow).axe.run(),
        );
        expect(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
          address,
        ).toEqual([]);
        await page.context().close();
      }
    },
  );

  it("nothing that telemetry sends is run, and the policy has nothing to complain of", async () => {
    for (const address of pageAddresses()) {
      const { page, errors } = await openPage(address, "light");
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
      expect(await page.evaluate(() => (globalThis as unknown as AxeWindow).hacked), address).toBeUndefined();
      expect(
        errors.filter((text) => !text.includes("404")),
        address,
      ).toEqual([]);
      await page.context().close();
    }
  });

  it("a trace is read with the keyboard alone: skip link, group, span, finding", async () => {
    const { page } = await openPage(`/traces/${listingTrace().traceId}`, "light");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    const group = page.locator("details.group > summary").first();
    await group.focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("details.group").first().getAttribute("open")).not.toBeNull();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    expect(await page.locator(".members details.span").first().locator(".panel").isVisible()).toBe(true);
    await page.locator(".finding h3 a").focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/findings\/[0-9a-f]{16}$/);
    expect(await page.locator("h1").textContent()).toContain("order_lines.list_by_order");
    await page.context().close();
  });

  it("no page is wider than the window, on a phone either", async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 800 } });
    const page = await context.newPage();
    for (const address of [
      "/",
      "/alerts?view=all",
      "/rules",
      `/traces/${listingTrace().traceId}`,
      `/traces/${hostileTrace().traceId}`,
    ]) {
      await page.goto(pages.url + address);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address).toBe(true);
    }
    await context.close();
  });
});
