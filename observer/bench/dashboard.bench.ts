import { startPages } from "../test/http/pages/page-fixture.ts";
import { nowMs } from "../test/http/pages/page-samples.ts";
import type { BenchRow } from "./bench-row.ts";
import { openPaintClock } from "./dashboard/first-paint.ts";
import { createWideSystem, width } from "./dashboard/wide-system.ts";
import { within } from "./within.ts";

const pages = { overview: "/", endpoints: "/endpoints", "service map": "/service-map" };
const cpuMsMax = 50;
const paintMsMax = 1_000;
const runs = { warmUp: 30, answers: 101, paints: 9 };
const paintWaitMs = 60_000;

/** Pages over a wide system, from its windows and rules to the finished answer, and to the first text in Chromium. */
export async function run(means: { findChromium(): string }): Promise<BenchRow[]> {
  const system = await createWideSystem(nowMs);
  const rules = system.listRules().rules.length;
  const what = `${width.services} services of ${width.routesPerService} routes, ${rules} rules`;
  await using served = await startPages(system);
  const rows: BenchRow[] = [];
  for (const [name, address] of Object.entries(pages)) {
    const ms = await measureCpu(served.url + address);
    rows.push(toRow(`${name}, ${what}: CPU of an answer`, ms, cpuMsMax));
  }
  const chromiumPath = lookForChromium(means.findChromium);
  if (chromiumPath === undefined) return [...rows, ...Object.keys(pages).map(notMeasured)];
  await using clock = await openPaintClock(chromiumPath);
  for (const [name, address] of Object.entries(pages)) {
    const times: number[] = [];
    for (let at = 0; at < runs.paints; at++) {
      times.push(await within(paintWaitMs, `first paint of ${name}`, clock.measure(served.url + address)));
    }
    rows.push(toRow(paintName(name), median(times), paintMsMax));
  }
  return rows;
}

function lookForChromium(findChromium: () => string): string | undefined {
  try {
    return findChromium();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

/** Median CPU of all threads of this process: it asks too, and that is counted. */
async function measureCpu(url: string): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < runs.warmUp + runs.answers; at++) {
    const before = process.cpuUsage();
    const response = await fetch(url);
    const body = await response.text();
    const { user, system } = process.cpuUsage(before);
    // Work that was not done must not look fast.
    if (!response.ok || !body.includes("service-")) throw new Error(`${url} answered ${response.status}`);
    if (at >= runs.warmUp) times.push((user + system) / 1_000);
  }
  return median(times);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function paintName(page: string): string {
  return `${page}: First Contentful Paint in Chromium, empty cache`;
}

function toRow(name: string, ms: number, msMax: number): BenchRow {
  const value = Math.round(ms * 10) / 10;
  return { name, value, unit: "ms", target: `<= ${msMax}`, met: value <= msMax };
}

function notMeasured(page: string): BenchRow {
  return { name: paintName(page), value: "not measured", unit: "ms", target: `<= ${paintMsMax}` };
}
