import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expose } from "./prometheus-exposition.ts";
import { grouped, oneByOne } from "./prometheus-rules.ts";
import { routeNames, serviceNames, windowSeconds } from "./rule-load.ts";

export interface RivalResult {
  /** As `prometheus --version` says. */
  readonly version: string;
  /** CPU of one evaluation of all rules beyond what scraping and storing cost, in ms. */
  readonly oneByOneMs: number;
  readonly groupedMs: number;
}

interface Usage {
  readonly cpuSeconds: number;
  readonly evaluations: number;
  readonly failures: number;
  readonly atMs: number;
}

/**
 * Measures Prometheus from PATH on the load: it scrapes the services each second and evaluates the rules each second, and its own
 * CPU counter before and after is divided by the evaluations it made.
 *
 * @returns undefined where there is no Prometheus
 */
export async function measurePrometheus(secondsPerRun: number): Promise<RivalResult | undefined> {
  const version = await readVersion();
  if (version === undefined) return undefined;
  await using exporter = await startExporter();
  await using prometheus = await startPrometheus(exporter.port);
  await sleep((windowSeconds + 2) * 1000);
  const idle = await prometheus.measure('{"groups":[]}', secondsPerRun);
  const groupedRun = await prometheus.measure(grouped(), secondsPerRun);
  await prometheus.expectSeries("count(route:p95 > 0)", serviceNames.length * routeNames.length);
  const singleRun = await prometheus.measure(oneByOne(), secondsPerRun);
  const perEvaluation = (run: Run) =>
    ((run.cpuSeconds - idle.cpuPerSecond * run.seconds) * 1000) / run.evaluations;
  return { version, groupedMs: perEvaluation(groupedRun), oneByOneMs: perEvaluation(singleRun) };
}

interface Run {
  readonly cpuSeconds: number;
  readonly cpuPerSecond: number;
  readonly evaluations: number;
  readonly seconds: number;
}

async function readVersion(): Promise<string | undefined> {
  const child = spawn("prometheus", ["--version"], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  const isThere = await new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
  return isThere ? (/version (\S+?)[+,\s]/.exec(text)?.[1] ?? "of unknown version") : undefined;
}

async function startExporter(): Promise<AsyncDisposable & { readonly port: number }> {
  const startedAtMs = performance.now();
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(expose((performance.now() - startedAtMs) / 1000));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function startPrometheus(exporterPort: number) {
  const folder = await mkdtemp(join(tmpdir(), "kontor-bench-prometheus-"));
  const port = await findFreePort();
  const rules = join(folder, "rules.json");
  await writeFile(rules, '{"groups":[]}');
  await writeFile(join(folder, "prometheus.yml"), toConfiguration(exporterPort, rules));
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-lifecycle",
      "--log.level=error",
    ],
    { stdio: "ignore" },
  );
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true, 20_000);
  return {
    /** A rule that matches nothing costs nothing: the rival must have done the work it is measured by. */
    async expectSeries(query: string, expected: number): Promise<void> {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
      const found = JSON.stringify(await answer.json());
      if (!found.includes(`"${expected}"`))
        throw new Error(`Prometheus has not ${expected} for ${query}: ${found}`);
    },
    async measure(ruleFile: string, seconds: number): Promise<Run> {
      await writeFile(rules, ruleFile);
      const reloaded = await fetch(`${url}/-/reload`, { method: "POST" });
      if (!reloaded.ok) throw new Error(`Prometheus refused the rules: ${await reloaded.text()}`);
      await sleep(2000);
      const before = await readUsage(url);
      await sleep(seconds * 1000);
      const after = await readUsage(url);
      if (after.failures > before.failures) throw new Error("Prometheus could not evaluate the rules");
      const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
      const elapsed = (after.atMs - before.atMs) / 1000;
      return {
        cpuSeconds,
        cpuPerSecond: cpuSeconds / elapsed,
        evaluations: after.evaluations - before.evaluations,
        seconds: elapsed,
      };
    },
    async [Symbol.asyncDispose]() {
      await stop(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function toConfiguration(exporterPort: number, rules: string): string {
  return JSON.stringify({
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [rules],
    scrape_configs: serviceNames.map((name) => ({
      job_name: name,
      static_configs: [{ targets: [`127.0.0.1:${exporterPort}`] }],
    })),
  });
}

/** From its own metrics: CPU used, and passes over the rule group that were made. */
async function readUsage(url: string): Promise<Usage> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const atMs = performance.now();
  const read = (name: string) => {
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].map((match) =>
      Number(match[1]),
    );
    return values.reduce((sum, value) => sum + value, 0);
  };
  return {
    cpuSeconds: read("process_cpu_seconds_total"),
    evaluations:
      read("prometheus_rule_group_iterations_total") - read("prometheus_rule_group_iterations_missed_total"),
    failures: read("prometheus_rule_evaluation_failures_total"),
    atMs,
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitUntil(condition: () => Promise<boolean>, deadlineMs: number): Promise<void> {
  const giveUpAtMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAtMs) throw new Error(`Prometheus was not ready after ${deadlineMs} ms`);
    await sleep(100);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(late);
}
