import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shippedConfiguration } from "./backend-file.ts";
import { findServer } from "./find-server.ts";
import { answers, type RunningServer, type ServerCommand, startServer } from "./start-server.ts";

export type PrometheusServer = RunningServer & {
  /** Of the API: `<url>/api/v1/query`. */
  readonly url: string;
  /** Base of OTLP/HTTP: `<otlpUrl>/v1/metrics`. */
  readonly otlpUrl: string;
  /** Evaluates these rules in place of those before. @throws Error when it refuses them */
  loadRules(rules: object): Promise<void>;
};

export type PrometheusOptions = {
  /** Path of another configuration than the shipped one. */
  configFile?: string;
  /** Further flags. */
  flags?: readonly string[];
};

/** Takes OTLP, and remote write, on the port of its API. */
export function prometheusCommand(
  place: { folder: string; port: number },
  options: PrometheusOptions = {},
): ServerCommand {
  const address = `127.0.0.1:${place.port}`;
  return {
    program: findServer("prometheus"),
    args: [
      `--config.file=${options.configFile ?? shippedConfiguration("backends/prometheus.yml")}`,
      `--storage.tsdb.path=${place.folder}/data`,
      `--web.listen-address=${address}`,
      "--web.enable-otlp-receiver",
      "--enable-feature=exemplar-storage",
      "--web.enable-lifecycle",
      "--enable-feature=exemplar-storage",
      ...(options.flags ?? []),
    ],
    isReady: () => answers(`http://${address}/-/ready`),
  };
}

/** @param options.alertmanagerUrl who is told of alerts; nobody when left out */
export async function startPrometheus(
  options: PrometheusOptions & { alertmanagerUrl?: string } = {},
): Promise<PrometheusServer> {
  const server = await startServer("prometheus", 1, async ({ folder, ports: [port = 0] }) => {
    const configFile = options.configFile ?? (await copyConfiguration(folder, options.alertmanagerUrl));
    return prometheusCommand({ folder, port }, { ...options, configFile });
  });
  const url = `http://127.0.0.1:${server.ports[0]}`;
  return Object.assign(server, {
    url,
    otlpUrl: `${url}/api/v1/otlp`,
    async loadRules(rules: object) {
      // JSON is YAML.
      await writeFile(join(server.folder, "rules", "loaded.yml"), JSON.stringify(rules));
      const response = await fetch(`${url}/-/reload`, { method: "POST" });
      const text = await response.text();
      if (!response.ok) throw new Error(`Prometheus refuses the rules: ${text}`);
    },
  });
}

/** The shipped configuration, in a folder where rules may lie beside it. */
async function copyConfiguration(folder: string, alertmanagerUrl: string | undefined): Promise<string> {
  await mkdir(join(folder, "rules"), { recursive: true });
  const shipped = await readFile(shippedConfiguration("backends/prometheus.yml"), "utf8");
  const targets = alertmanagerUrl === undefined ? [] : [new URL(alertmanagerUrl).host];
  const alerting = { alertmanagers: [{ static_configs: [{ targets }] }] };
  const file = join(folder, "prometheus.yml");
  await writeFile(file, `${shipped}\nalerting: ${JSON.stringify(alerting)}\n`);
  return file;
}
