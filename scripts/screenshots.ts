import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { z } from "zod";
import { findChromium } from "./checks/find-chromium.ts";
import { readSystemUrls } from "./start/system-file.ts";
import { repository } from "./starter/install.mjs";

const help = `npm run screenshots [-- --data <folder> --only <name>...]

Makes the pictures of docs/images from a running system, which should be in trouble: npx kontor start, npx kontor faults on n-plus-one,
npx kontor load, then this after a minute. Chromium as for npm run test:browser. Names: overview, service-map, trace, finding, alert, report.`;

/** Wide enough for every table, and a PNG of it stays below 250 kB. */
const viewport = { width: 1280, height: 860 };
const schemesOf = { overview: ["light", "dark"] } as const;

const alertList = z.object({ alerts: z.array(z.object({ fingerprint: z.string(), state: z.string() })) });
const findingList = z.object({
  findings: z.array(
    z.object({ fingerprint: z.string(), evidence: z.array(z.object({ traceId: z.string() })) }),
  ),
});

async function ask<T>(url: string, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}. Is the system running?`);
  return schema.parse(await response.json());
}

/** Addresses by name; what there is nothing of yet is left out. */
async function toAddresses(observer: string): Promise<Record<string, string>> {
  const { alerts } = await ask(`${observer}/api/v1/alerts`, alertList);
  const { findings } = await ask(`${observer}/api/v1/findings`, findingList);
  const firing = alerts.find(({ state }) => state === "firing");
  const [finding] = findings;
  const traceId = finding?.evidence[0]?.traceId;
  return {
    ...{ overview: "/", "service-map": "/service-map", report: "/reports/optimisation?from=now-1h" },
    ...(firing === undefined ? {} : { alert: `/alerts/${firing.fingerprint}` }),
    ...(finding === undefined ? {} : { finding: `/findings/${finding.fingerprint}` }),
    ...(traceId === undefined ? {} : { trace: `/traces/${traceId}` }),
  };
}

const { values } = parseArgs({
  options: {
    data: { type: "string", default: join(repository, ".kontor") },
    only: { type: "string", multiple: true },
    help: { type: "boolean", default: false },
  },
});
if (values.help) console.log(help);
else {
  const { observer } = await readSystemUrls(values.data, process.env);
  const folder = join(repository, "docs/images");
  await mkdir(folder, { recursive: true });
  const browser = await chromium.launch({
    executablePath: findChromium(process.env),
    args: ["--no-sandbox"],
  });
  try {
    for (const [name, address] of Object.entries(await toAddresses(observer))) {
      if (values.only !== undefined && !values.only.includes(name)) continue;
      for (const colorScheme of schemesOf[name as keyof typeof schemesOf] ?? ["light"]) {
        const page = await browser.newPage({ colorScheme, viewport });
        await page.goto(observer + address, { waitUntil: "load", timeout: 60_000 });
        if (name === "alert") await page.locator(".chart canvas").first().waitFor();
        // A busy machine counts for longer than a page waits; it then follows by itself.
        if (name === "service-map") await page.locator("svg.service-map").waitFor({ timeout: 60_000 });
        const file = `${name}-${colorScheme}.png`;
        await page.screenshot({ path: join(folder, file) });
        console.log(file);
        await page.close();
      }
    }
  } finally {
    await browser.close();
  }
}
