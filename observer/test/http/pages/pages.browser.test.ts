import { createRequire } from "node:module";
import type { SilenceInput } from "@kontor/observer/alerts/silences";
import { createChangeStream } from "@kontor/observer/http/live/change-stream";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { listingTrace } from "../../diagnosis/sample-traces.ts";
import { pageAddresses, startPages } from "./page-fixture.ts";
import { nowMs } from "./page-samples.ts";
import { serviceOf, silenceOf } from "./view-samples.ts";

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

  it("an alert is silenced with the keyboard alone, and without scripts", async () => {
    const created: SilenceInput[] = [];
    await using own = await startPages({
      createSilence: async (input) => {
        created.push(input);
        return silenceOf({ matchers: input.matchers });
      },
    });
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${own.url}/alerts`);
    await page.getByRole("link", { name: /^Silence latency p95 of GET/ }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/silences\/new/);
    await page.getByLabel("For").selectOption("2 hours");
    await page.getByLabel("Your name").fill("alice");
    // A browser lets white space pass as an answer; the observer does not.
    await page.getByLabel("Reason").fill("   ");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    expect(await page.getByLabel("Your name").inputValue()).toBe("alice");
    await page.getByLabel("Reason").fill("migration of orders");
    await page.keyboard.press("Enter");
    await page.getByText("Silenced alerts are judged").waitFor();
    expect(created.map(({ comment, createdBy }) => [comment, createdBy])).toEqual([
      ["migration of orders", "alice"],
    ]);
    expect(created[0]?.matchers.map(({ name, value }) => `${name}=${value}`)).toContain("service=core-erp");
    await context.close();
  });

  it("charts are drawn with their limit, say when there is nothing, and when they cannot be loaded", async () => {
    const { page, errors } = await openPage("/services/core-erp/route?route=GET%20%2Fapi%2Forders", "dark");
    await page.getByRole("img", { name: /^Duration: now p50 .* ms, p95 .* ms, p99 .* ms$/ }).waitFor();
    expect(await page.locator(".chart-limit").first().textContent()).toBe("limit 500 ms");
    expect(await page.locator(".chart canvas").count()).toBe(3);
    await page.goto(`${pages.url}/services/core-erp`);
    await page.getByText("Nothing was measured in this time.").waitFor();
    await page.route("**/api/v1/series*", (route) => route.abort());
    expect(errors).toEqual([]);
    await page.reload();
    await page.getByText("This chart cannot be loaded now").first().waitFor();
    await page.context().close();
  });

  it("a page follows what the observer says, and its charts stay as they are drawn", async () => {
    let requests = 1;
    const stream = createChangeStream({ readState: () => String(requests) });
    using _ = stream;
    await using own = await startPages({
      streamChanges: stream.handler,
      listServices: () => [{ ...serviceOf("core-erp"), instances: requests }],
    });
    const page = await browser.newPage();
    await page.goto(`${own.url}/services/core-erp`);
    await page.getByRole("img", { name: /^Duration/ }).waitFor();
    const chart = await page.locator(".chart canvas").first().elementHandle();
    await expect.poll(() => stream.clientCount).toBe(1);
    requests = 7;
    stream.note(nowMs);
    await page.getByText("7 instances").waitFor({ timeout: 4_000 });
    expect(await chart?.evaluate((one) => (one as unknown as { isConnected: boolean }).isConnected)).toBe(
      true,
    );
    await page.close();
  });

  // Red when: `overflow-x` is taken from .table-scroll.
  it.each([390, 1280, 1440])("no page is wider than a window of %i pixels", async (width) => {
    const context = await browser.newContext({ viewport: { width, height: 800 } });
    const page = await context.newPage();
    for (const address of pageAddresses()) {
      await page.goto(pages.url + address);
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
      expect(await page.evaluate("document.documentElement.scrollWidth"), address).toBeLessThanOrEqual(width);
    }
    await context.close();
  });

  // Red when: the shade of .table-scroll has no animation, or one without a time line.
  it("a table that goes on beyond its frame is shaded there until it is scrolled to its end", async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    const shade = () =>
      page.evaluate("getComputedStyle(document.querySelector('.table-scroll'), '::after').opacity");
    await page.goto(`${pages.url}/rules`);
    await expect.poll(shade).toBe("1");
    await page.evaluate("document.querySelector('.table-scroll').scrollLeft = 5000");
    await expect.poll(shade).toBe("0");
    await page.setViewportSize({ width: 4_000, height: 800 });
    await expect.poll(shade).toBe("0");
    await page.close();
  });
});
