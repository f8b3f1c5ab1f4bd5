import { shippedConfiguration } from "./backend-file.ts";
import { findServer } from "./find-server.ts";
import { answers, type RunningServer, type ServerCommand, startServer } from "./start-server.ts";

export type PrometheusServer = RunningServer & {
  /** Of the API: `<url>/api/v1/query`. */
  readonly url: string;
  /** Base of OTLP/HTTP: `<otlpUrl>/v1/metrics`. */
  readonly otlpUrl: string;
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

export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusServer> {
  const server = await startServer("prometheus", 1, async ({ folder, ports: [port = 0] }) =>
    prometheusCommand({ folder, port }, options),
  );
  const url = `http://127.0.0.1:${server.ports[0]}`;
  return Object.assign(server, { url, otlpUrl: `${url}/api/v1/otlp` });
}
