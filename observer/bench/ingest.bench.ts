import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "../src/store/store.ts";
import type { BenchRow } from "./bench-row.ts";
import { cpuPerSpan, goal, type Phase, runPhase, sustained, warmUp } from "./ingest-load.ts";
import { type Generator, startGenerator, startObserver } from "./ingest-processes.ts";
import { jaegerName, measureJaeger } from "./jaeger-rival.ts";
import { readUsage } from "./process-usage.ts";
import { within } from "./within.ts";

const acceptP99MsMax = 50;
const rssMbMax = 400;
const recoveryMsMax = 120_000;
/** Our CPU for a span is held to this share of the rival's. */
const rivalRatioMin = 2;

/**
 * Row P4 of the features: the whole observer, with rules and detectors on, takes realistic traces from another process. Then it is
 * killed under load, started again, and everything it had answered for is counted.
 */
export async function run(): Promise<BenchRow[]> {
  await using folder = await openFolder();
  await using generator = await startGenerator();
  // As after any first start: Node has compiled its files before.
  await (await startObserver(folder.path))[Symbol.asyncDispose]();
  const measured = await measureLoad(folder.path, generator);
  const lost = await measureLoss(folder.path, generator, measured.accepted);
  const rivalCpu = await measureJaeger(generator);
  return [
    ...loadRows("20,000 spans/s", measured.sustained, sustained.spansPerSecond, true),
    besideRival(measured.sustained, rivalCpu),
    ...loadRows("30,000 spans/s", measured.goal, goal.spansPerSecond, false),
    row(
      "memory, highest resident set",
      measured.highestRssMb,
      "MB",
      `<= ${rssMbMax}`,
      measured.highestRssMb <= rssMbMax,
    ),
    row("accepted spans lost by kill -9 under load", lost.spans, "spans", "= 0", lost.spans === 0),
    row("from start to all of it stored, after kill -9", lost.recoverySeconds, "s", ""),
  ];
}

async function measureLoad(directory: string, generator: Generator) {
  await using observer = await startObserver(directory);
  let highestRssMb = 0;
  const watch = setInterval(() => {
    // Gone already: the benchmark says so by itself.
    void readUsage(observer.pid)
      .catch(() => ({ rssBytes: 0 }))
      .then(({ rssBytes }) => {
        highestRssMb = Math.max(highestRssMb, rssBytes / 1e6);
      });
  }, 250);
  try {
    const before = await runPhase(generator, observer, warmUp);
    const first = await runPhase(generator, observer, sustained);
    const second = await runPhase(generator, observer, goal);
    const accepted = [before, first, second].reduce((sum, { report }) => sum + report.acceptedSpans, 0);
    return { sustained: first, goal: second, highestRssMb: round(highestRssMb), accepted };
  } finally {
    clearInterval(watch);
  }
}

async function measureLoss(directory: string, generator: Generator, acceptedBefore: number) {
  let accepted = acceptedBefore;
  {
    await using observer = await startObserver(directory);
    const sending = generator.run({ ...sustained, seconds: 3, url: observer.url });
    await sleep(2_000);
    observer.kill();
    accepted += (await sending).acceptedSpans;
  }
  const startedAt = performance.now();
  await using store = await openStore({
    dataDirectory: join(directory, "data", "telemetry"),
    onFailure: (error) => console.error(error.message),
  });
  await within(recoveryMsMax, "the end of what the journal had", store.caughtUp());
  const recoverySeconds = round((performance.now() - startedAt) / 1000);
  const { rows } = await store.stats();
  return { spans: Math.max(0, accepted - rows.spans), recoverySeconds };
}

function loadRows(name: string, phase: Phase, wanted: number, isHeld: boolean): BenchRow[] {
  const { report } = phase;
  const rate = report.acceptedSpans / report.seconds;
  const p99 = quantile(report.latenciesMs, 0.99);
  const refused = report.refusedRequests + report.failedRequests;
  const met = <T>(value: T): T | undefined => (isHeld ? value : undefined);
  const target = `>= ${isHeld ? wanted : "30,000, the goal"}`;
  return [
    row(`${name}: accepted`, round(rate), "spans/s", target, met(rate >= wanted * 0.99)),
    row(`${name}: requests refused`, refused, "requests", isHeld ? "= 0" : "", met(refused === 0)),
    row(`${name}: accept, median`, round(quantile(report.latenciesMs, 0.5)), "ms", ""),
    row(`${name}: accept, p99`, round(p99), "ms", `< ${acceptP99MsMax}`, met(p99 < acceptP99MsMax)),
    ...(isHeld ? [] : [row(`${name}: CPU of the observer`, round(cpuPerSpan(phase)), "us/span", "")]),
    row(
      `${name}: CPU of the generator`,
      round((report.cpuSeconds * 1e6) / report.sentSpans),
      "us/span",
      "apart",
    ),
  ];
}

/** The rival stores only; ours also keeps windows and rules, and diagnoses every trace. */
function besideRival(phase: Phase, rivalCpu: number | undefined): BenchRow {
  const ours = cpuPerSpan(phase);
  const shown = row("20,000 spans/s: CPU of the observer", round(ours), "us/span", "<= half of the rival's");
  if (rivalCpu === undefined) return { ...shown, rival: { name: jaegerName, value: "not measured" } };
  const ratio = rivalCpu / ours;
  const rival = { name: jaegerName, value: round(rivalCpu) };
  return { ...shown, rival, ratio: round(ratio), met: ratio >= rivalRatioMin };
}

function row(name: string, value: number, unit: string, target: string, met?: boolean): BenchRow {
  return { name, value, unit, target, ...(met === undefined ? {} : { met }) };
}

async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), "kontor-ingest-"));
  const defaults = {
    latencyP95MsMax: 500,
    errorRatioMax: 0.02,
    databaseLatencyP95MsMax: 250,
    cpuRatioMax: 0.7,
  };
  await writeFile(join(path, "observer_config.json"), JSON.stringify({ defaults }));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
