import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openStore } from "../src/store/store.ts";
import type { BenchRow } from "./bench-row.ts";
import { readUsage } from "./process-usage.ts";
import type { GeneratorOrder, GeneratorReport } from "./span-generator.ts";

const sustained = { spansPerSecond: 20_000, seconds: 12 };
const goal = { spansPerSecond: 30_000, seconds: 8 };
const acceptP99MsMax = 50;
const rssMbMax = 400;

/**
 * Row P4 of the features: the whole observer, with rules and detectors on, takes realistic traces from another process. Then it is
 * killed under load, started again, and everything it had answered for is counted.
 */
export async function run(): Promise<BenchRow[]> {
  await using folder = await openFolder();
  await using generator = await startGenerator();
  const measured = await measureLoad(folder.path, generator);
  const lost = await measureLoss(folder.path, generator, measured.accepted);
  return [
    ...loadRows("20,000 spans/s", measured.sustained, sustained.spansPerSecond, true),
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

interface Phase {
  readonly report: GeneratorReport;
  readonly cpuSeconds: number;
}

async function measureLoad(directory: string, generator: Generator) {
  await using observer = await startObserver(directory);
  let highestRssMb = 0;
  const watch = setInterval(() => {
    void readUsage(observer.pid).then(({ rssBytes }) => {
      highestRssMb = Math.max(highestRssMb, rssBytes / 1e6);
    });
  }, 250);
  const phase = async (load: Omit<GeneratorOrder, "url">): Promise<Phase> => {
    const before = await readUsage(observer.pid);
    const report = await generator.run({ ...load, url: observer.url });
    const after = await readUsage(observer.pid);
    return { report, cpuSeconds: after.cpuSeconds - before.cpuSeconds };
  };
  try {
    const warmUp = await phase({ ...sustained, seconds: 4 });
    const first = await phase(sustained);
    const second = await phase(goal);
    const accepted = [warmUp, first, second].reduce((sum, { report }) => sum + report.acceptedSpans, 0);
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
  await store.caughtUp();
  const recoverySeconds = round((performance.now() - startedAt) / 1000);
  const { rows } = await store.stats();
  return { spans: Math.max(0, accepted - rows.spans), recoverySeconds };
}

function loadRows(name: string, { report, cpuSeconds }: Phase, wanted: number, isHeld: boolean): BenchRow[] {
  const rate = report.acceptedSpans / report.seconds;
  const p99 = quantile(report.latenciesMs, 0.99);
  const refused = report.refusedRequests + report.failedRequests;
  const met = <T>(value: T): T | undefined => (isHeld ? value : undefined);
  return [
    row(
      `${name}: accepted`,
      round(rate),
      "spans/s",
      `>= ${isHeld ? wanted : "30,000, the goal"}`,
      met(rate >= wanted * 0.99),
    ),
    row(`${name}: requests refused`, refused, "requests", isHeld ? "= 0" : "", met(refused === 0)),
    row(`${name}: accept, median`, round(quantile(report.latenciesMs, 0.5)), "ms", ""),
    row(`${name}: accept, p99`, round(p99), "ms", `< ${acceptP99MsMax}`, met(p99 < acceptP99MsMax)),
    row(`${name}: CPU of the observer`, round((cpuSeconds * 1e6) / report.acceptedSpans), "us/span", ""),
    row(
      `${name}: CPU of the generator`,
      round((report.cpuSeconds * 1e6) / report.sentSpans),
      "us/span",
      "apart",
    ),
  ];
}

function row(name: string, value: number, unit: string, target: string, met?: boolean): BenchRow {
  return { name, value, unit, target, ...(met === undefined ? {} : { met }) };
}

interface Generator extends AsyncDisposable {
  run(order: GeneratorOrder): Promise<GeneratorReport>;
}

async function startGenerator(): Promise<Generator> {
  const child = fork(fileURLToPath(new URL("./span-generator.ts", import.meta.url)));
  await once(child, "message");
  return {
    async run(order) {
      child.send(order);
      const [report] = (await once(child, "message")) as [GeneratorReport];
      return report;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  };
}

/** The observer with the flags the starter gives it, without PostgreSQL, which it does not need for taking and judging telemetry. */
async function startObserver(directory: string) {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--max-semi-space-size=8", main], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH,
      ...{ PORT: "0", OTLP_PORT: "0", HOST: "127.0.0.1", LOG_LEVEL: "info", SERVICE_VERSION: "bench" },
      ...{ POSTGRES_PORT: "1", POSTGRES_DATABASE: "none", POSTGRES_USER: "none", POSTGRES_PASSWORD: "none" },
      ...{ OBSERVER_CONFIG: join(directory, "observer_config.json"), OBSERVER_DATA: join(directory, "data") },
    },
  });
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the observer ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const address = /"otlpUrl":"([^"]+)"/.exec(line)?.[1];
      if (address !== undefined) resolve(`${address}/v1/traces`);
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("the observer did not start");
  return {
    pid,
    url,
    kill: () => child.kill("SIGKILL"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
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
