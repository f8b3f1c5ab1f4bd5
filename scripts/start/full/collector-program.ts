import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shippedConfiguration } from "@kontor/kit/testing/servers/backend-file";
import { collectorCommand } from "@kontor/kit/testing/servers/collector";
import type { FullModeServer } from "@kontor/kit/testing/servers/server-versions";
import type { ServerCommand } from "@kontor/kit/testing/servers/start-server";
import type { Backends } from "./backends.ts";
import { pruneCollector } from "./prune-collector.ts";
import type { FullPorts } from "./server-ports.ts";

/** Exporters of gateway.yaml by the server they send to. */
const exporterOf: Partial<Record<FullModeServer, string>> = {
  prometheus: "otlp_http/prometheus",
  influxdb: "influxdb",
  jaeger: "otlp_grpc/jaeger",
  loki: "otlp_http/loki",
};

/** What a person may set for the collector of full mode; the head of gateway.yaml explains each. */
const settings = ["KEPT_TRACE_PERCENT", "KEPT_TRACE_MS", "QUEUE_ITEMS", "MEMORY_LIMIT_MIB"];

type CollectorPlan = {
  present: readonly FullModeServer[];
  ports: FullPorts;
  backends: Backends;
  environment: Readonly<Record<string, string>>;
};

/** The gateway in front of the backends that are there. Its configuration is written into its folder. */
export async function toCollectorCommand(folder: string, plan: CollectorPlan): Promise<ServerCommand> {
  const { present, ports, backends, environment } = plan;
  const absent = Object.entries(exporterOf).flatMap(([name, exporter]) =>
    present.includes(name as FullModeServer) ? [] : [exporter],
  );
  const gateway = join(folder, "gateway.yaml");
  const shipped = await readFile(shippedConfiguration("gateway.yaml"), "utf8");
  await writeFile(gateway, pruneCollector(shipped, absent));
  const chosen = settings.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return collectorCommand(
    { folder, ports: { http: ports.otlp, grpc: ports.otlpGrpc, health: ports.collectorHealth } },
    {
      configFiles: [gateway],
      variant: "none",
      environment: {
        // Few traces, and a person who looks for each of them.
        KEPT_TRACE_PERCENT: "100",
        ...Object.fromEntries(chosen),
        OBSERVER_OTLP_URL: `http://127.0.0.1:${ports.observerOtlp}`,
        PROMETHEUS_OTLP_URL: `${backends.prometheusUrl}/api/v1/otlp`,
        JAEGER_OTLP_ADDRESS: `127.0.0.1:${ports.jaegerGrpc}`,
        LOKI_OTLP_URL: `${backends.lokiUrl}/otlp`,
        ...toInfluxdbEnvironment(backends),
      },
    },
  );
}

function toInfluxdbEnvironment({ influxdb }: Backends): Record<string, string> {
  if (influxdb === undefined) return {};
  const { url, organisation, bucket, token } = influxdb;
  return { INFLUXDB_URL: url, INFLUXDB_ORG: organisation, INFLUXDB_BUCKET: bucket, INFLUXDB_TOKEN: token };
}
