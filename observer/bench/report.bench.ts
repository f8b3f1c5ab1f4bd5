import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { buildOptimisationReport } from "@kontor/observer/reports/build-optimisation-report";
import { collectReportInput } from "@kontor/observer/reports/collect-report-input";
import {
  openReportWriter,
  type ReportFormat,
  reportFormatLabels,
} from "@kontor/observer/reports/report-files";
import type { ReportSources } from "@kontor/observer/reports/report-input";
import { openStore } from "@kontor/observer/store/store";
import type { BenchRow } from "./bench-row.ts";
import { day, writeReportDay } from "./report-day.ts";
import { dayState } from "./report-state.ts";

const reportMsMax = 2_000;
/** Rules are evaluated once in it. */
const tickMs = 1_000;
const runs = 3;
const formats = ["json", "md", "html", "pdf"] as const;

/** A report over 24 hours of generated traces, from closed segments of a real store to the finished document. */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "kontor-report-bench-"));
  const toMs = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const open = () => openStore({ dataDirectory: folder, onFailure: (error) => console.error(error.message) });
  try {
    await (await open())[Symbol.asyncDispose]();
    const spans = await writeReportDay(folder, toMs);
    await using store = await open();
    const sources: ReportSources = {
      ...dayState(toMs),
      listEndpointUse: (range) => store.endpointHistory.listEndpointUse(range),
      listCourses: (question) => store.endpointHistory.listCourses(question),
      measureWindows: (windows) => store.endpointHistory.measureWindows(windows),
      latencyLimitMs: () => 500,
    };
    const times = { fromMs: toMs - 24 * 3_600_000, toMs, nowMs: toMs };
    const make = async () => {
      return buildOptimisationReport(
        await collectReportInput(sources, "http://127.0.0.1:8010", times),
        times,
      );
    };
    const report = await make();
    const requests = day.hours * 3_600 * day.requestsPerSecond;
    if (report.totals.requests !== requests)
      throw new Error(`the report counts ${report.totals.requests} requests of ${requests}`);
    const what = `report over 24 h, ${Math.round(spans / 1e5) / 10} million spans, ${report.bottlenecks.length} bottlenecks`;
    const write = async (format: ReportFormat) => {
      await using writer = openReportWriter(format);
      // Awaited here: the writer would else be closed while it writes.
      return await writer.write(await make());
    };
    const rows: BenchRow[] = [];
    for (const format of formats) rows.push(...toRows(what, format, await measure(() => write(format))));
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly wallMs: number;
  /** Of all threads of this process. */
  readonly cpuMs: number;
  /** The longest that the event loop of the thread that asks was held up. */
  readonly delayMs: number;
}

/** The least of a few runs: what others do on the machine only ever adds to it. Of delays the longest, for ticks must never wait. */
async function measure(work: () => Promise<unknown>): Promise<Measured> {
  let least: Measured = { wallMs: Number.POSITIVE_INFINITY, cpuMs: Number.POSITIVE_INFINITY, delayMs: 0 };
  for (let at = 0; at < runs; at++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    await work();
    const wallMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    delay.disable();
    least = {
      wallMs: Math.min(least.wallMs, wallMs),
      cpuMs: Math.min(least.cpuMs, (user + system) / 1_000),
      delayMs: Math.max(least.delayMs, delay.max / 1e6),
    };
  }
  return least;
}

function toRows(what: string, format: ReportFormat, { wallMs, cpuMs, delayMs }: Measured): BenchRow[] {
  const name = `${what}: ${reportFormatLabels[format]}`;
  return [
    row(name, wallMs, reportMsMax),
    row(`${name}, CPU of all threads`, cpuMs, undefined),
    row(`${name}, longest delay of the event loop`, delayMs, tickMs),
  ];
}

function row(name: string, ms: number, msMax: number | undefined): BenchRow {
  const value = Math.round(ms);
  if (msMax === undefined) return { name, value, unit: "ms", target: "shown" };
  return { name, value, unit: "ms", target: `<= ${msMax}`, met: value <= msMax };
}
