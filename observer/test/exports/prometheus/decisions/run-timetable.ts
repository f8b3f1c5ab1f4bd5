import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setInterval as every } from "node:timers/promises";
import { type PrometheusServer, startPrometheus } from "@kontor/kit/testing/servers/prometheus";
import { startProcess } from "@kontor/kit/testing/start-process";
import { openTestDatabase } from "@kontor/kit/testing/test-database";
import { parse } from "yaml";
import { makeFolder, type Observing, startObserving } from "../../../cli/observing.ts";
import type { Decision } from "./decision.ts";
import { createLoadedServices } from "./export-load.ts";
import { readObserverDecisions } from "./observer-decisions.ts";
import { readPrometheusDecisions } from "./prometheus-decisions.ts";
import { loadOf, routesOf, toConfiguration, totalSeconds, warmSeconds } from "./timetable.ts";

/** What both decided about the same telemetry, after everything had come to rest for the first time. */
export interface Decided {
  readonly observer: readonly Decision[];
  readonly prometheus: readonly Decision[];
  /** What `kontor export prometheus` said. */
  readonly said: string;
}

const kontor = new URL("../../../../../scripts/kontor.ts", import.meta.url);
const shipped = new URL("../../../../../otel-collector/backends/prometheus.yml", import.meta.url);
const migrations = new URL("../../../../migrations/", import.meta.url);
export const evaluationSeconds = 1;
export const exportSeconds = 1;

/**
 * Plays the timetable once: the same OTLP goes at the same time to `kontor observe` and to a real Prometheus with the rules that
 * `kontor export prometheus` wrote, both by one file.
 */
export async function runTimetable(): Promise<Decided> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await makeFolder()).path;
  let second = 0;
  const health = stack.use(await openHealth(() => loadOf("shop", second).isHealthy));
  const configuration = join(folder, "limits.json");
  await writeFile(configuration, JSON.stringify(toConfiguration(health.url)));
  const database = stack.use(await openTestDatabase({ schema: "observer", migrations }));
  const { host, port, database: name, user, password } = database.options;
  const observer = stack.use(
    await startObserving(join(folder, "data"), {
      args: ["--config", configuration],
      env: {
        ...{ POSTGRES_HOST: host, POSTGRES_PORT: String(port), POSTGRES_DATABASE: name },
        ...{ POSTGRES_USER: user, POSTGRES_PASSWORD: password },
      },
    }),
  );
  const said = await exportRules(configuration, join(folder, "rules"));
  const prometheus = stack.use(
    await startPrometheus({ configFile: await writePrometheusFile(folder, observer) }),
  );

  const services = createLoadedServices();
  const startMs = Date.now();
  for await (const _ of every(exportSeconds * 1000)) {
    const atMs = Date.now();
    second = Math.round((atMs - startMs) / 1000);
    if (second > totalSeconds) break;
    await sendBoth(observer, prometheus, JSON.stringify(services.export(second, atMs)));
  }
  const warmAtMs = startMs + warmSeconds * 1000;
  const names = Object.keys(routesOf);
  const isOfTimetable = ({ atMs }: Decision) => atMs >= warmAtMs;
  return {
    observer: (await readObserverDecisions(observer, names)).filter(isOfTimetable),
    prometheus: (await readPrometheusDecisions(prometheus.url, names, evaluationSeconds)).filter(
      isOfTimetable,
    ),
    said,
  };
}

async function sendBoth(observer: Observing, prometheus: PrometheusServer, body: string): Promise<void> {
  const urls = [observer.otlpUrl, prometheus.otlpUrl].map((url) => `${url}/v1/metrics`);
  const headers = { "content-type": "application/json" };
  await Promise.all(
    urls.map(async (url) => {
      const response = await fetch(url, { method: "POST", headers, body });
      if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
      await response.body?.cancel();
    }),
  );
}

async function exportRules(configuration: string, out: string): Promise<string> {
  await using command = startProcess(kontor, {
    args: [
      ...["export", "prometheus", "--config", configuration, "--out", out],
      ...["--every", String(evaluationSeconds), "--export-interval", String(exportSeconds)],
    ],
    env: { PATH: process.env.PATH ?? "" },
  });
  if ((await command.ended) !== 0) throw new Error(command.output());
  return command.output();
}

/** The shipped file, but for its intervals and for where the observer is. */
async function writePrometheusFile(folder: string, observer: Observing): Promise<string> {
  const file = parse(await readFile(shipped, "utf8"));
  const [job] = file.scrape_configs;
  const { authorization: _, ...scrape } = job;
  const { host } = new URL(observer.url);
  await mkdir(join(folder, "prometheus"));
  const path = join(folder, "prometheus", "prometheus.yml");
  const changed = {
    ...file,
    global: { evaluation_interval: `${evaluationSeconds}s` },
    scrape_configs: [
      { ...scrape, scrape_interval: `${exportSeconds}s`, static_configs: [{ targets: [host] }] },
    ],
    rule_files: [join(folder, "rules", "*.yml")],
  };
  await writeFile(path, JSON.stringify(changed));
  return path;
}

async function openHealth(isHealthy: () => boolean) {
  const server = createServer((_, response) => {
    response.writeHead(isHealthy() ? 200 : 503).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
