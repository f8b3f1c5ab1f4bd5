import { createRequire } from "node:module";
import { buildOptimisationReport } from "@kontor/observer/reports/build-optimisation-report";
import { renderReport } from "@kontor/observer/reports/render/render-report";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { toHostile } from "./hostile-report.ts";
import { realisticInput } from "./realistic-input.ts";
import { inputOf, times } from "./report-fixture.ts";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface AxeWindow {
  readonly axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
  readonly hacked?: number;
}

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: inject("chromiumPath"), args: ["--no-sandbox"] });
});
afterAll(() => browser?.close());

const realistic = buildOptimisationReport(realisticInput(), times);
const reports = {
  realistic,
  hostile: toHostile(realistic),
  empty: buildOptimisationReport(inputOf(), times),
};

it.each(["realistic", "hostile", "empty"] as const)(
  "the %s report runs nothing, loads nothing, and is accessible in light and dark",
  async (name) => {
    const html = new TextDecoder().decode(await renderReport(reports[name], "html"));
    for (const colorScheme of ["light", "dark"] as const) {
      // Without its policy, so that escaping alone has to hold.
      const context = await browser.newContext({ colorScheme, bypassCSP: true });
      const page = await context.newPage();
      const requests: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      await page.setContent(html, { waitUntil: "load" });
      await page.addScriptTag({ path: axePath });
      const { violations } = await page.evaluate(() => (globalThis as unknown as AxeWindow).axe.run());
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      expect(await page.evaluate(() => (globalThis as unknown as AxeWindow).hacked)).toBeUndefined();
      expect(requests).toEqual([]);
      await context.close();
    }
  },
);
