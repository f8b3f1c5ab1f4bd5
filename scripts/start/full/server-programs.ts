import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shippedConfiguration } from "@kontor/kit/testing/servers/backend-file";
import { influxdbCommand } from "@kontor/kit/testing/servers/influxdb";
import { jaegerCommand } from "@kontor/kit/testing/servers/jaeger";
import { lokiCommand } from "@kontor/kit/testing/servers/loki";
import { prometheusCommand } from "@kontor/kit/testing/servers/prometheus";
import { epmdCommand, rabbitmqCommand } from "@kontor/kit/testing/servers/rabbitmq";
import { redisCommand } from "@kontor/kit/testing/servers/redis";
import type { FullModeServer } from "@kontor/kit/testing/servers/server-versions";
import type { ServerCommand } from "@kontor/kit/testing/servers/start-server";
import type { Backends } from "./backends.ts";
import { toCollectorCommand } from "./collector-program.ts";
import type { FullPorts } from "./server-ports.ts";

/** RabbitMQ needs Erlang's name server beside it. */
export type ServerProgramName = FullModeServer | "epmd";

export type ServerProgram = {
  name: ServerProgramName;
  port: number;
  after: readonly ServerProgramName[];
  /** Its folder exists by then. */
  toCommand(folder: string): Promise<ServerCommand>;
};

/** What is stopped together: the collector hands over what it has before its backends go. */
export const serverStopOrder: readonly (readonly ServerProgramName[])[] = [
  ["otelcol"],
  ["prometheus", "influxdb", "jaeger", "loki", "rabbitmq", "redis"],
  ["epmd"],
];

/**
 * The servers of full mode that this machine has, as the supervisor runs them.
 *
 * @param environment in which a person may set what the collector's configuration reads
 */
export function defineServers(
  present: readonly FullModeServer[],
  ports: FullPorts,
  backends: Backends,
  environment: Readonly<Record<string, string>>,
): ServerProgram[] {
  const all: readonly ServerProgram[] = [
    { name: "epmd", port: ports.epmd, after: [], toCommand: async () => epmdCommand(ports.epmd) },
    {
      name: "rabbitmq",
      port: ports.rabbitmq,
      after: ["epmd"],
      toCommand: (folder) =>
        rabbitmqCommand({
          folder,
          ports: {
            amqp: ports.rabbitmq,
            distribution: ports.rabbitmqDistribution,
            management: ports.rabbitmqManagement,
            epmd: ports.epmd,
          },
        }),
    },
    {
      name: "redis",
      port: ports.redis,
      after: [],
      toCommand: async (folder) => redisCommand({ folder, port: ports.redis }, { durable: true }),
    },
    {
      name: "prometheus",
      port: ports.prometheus,
      after: [],
      toCommand: async (folder) => {
        const configFile = join(folder, "prometheus.yml");
        const shipped = await readFile(shippedConfiguration("backends/prometheus.yml"), "utf8");
        await writeFile(configFile, scrapeHere(shipped, ports.observer));
        return prometheusCommand({ folder, port: ports.prometheus }, { configFile });
      },
    },
    {
      name: "influxdb",
      port: ports.influxdb,
      after: [],
      toCommand: async (folder) =>
        influxdbCommand({ folder, port: ports.influxdb }, required(backends.influxdb)),
    },
    {
      name: "jaeger",
      port: ports.jaeger,
      after: [],
      toCommand: async (folder) => jaegerCommand({ folder, ports: toJaegerPorts(ports) }),
    },
    {
      name: "loki",
      port: ports.loki,
      after: [],
      toCommand: async (folder) => lokiCommand({ folder, port: ports.loki, grpcPort: ports.lokiGrpc }),
    },
    {
      name: "otelcol",
      port: ports.otlp,
      after: [],
      toCommand: (folder) => toCollectorCommand(folder, { present, ports, backends, environment }),
    },
  ];
  const isPresent = ({ name }: ServerProgram): boolean =>
    name === "epmd" ? present.includes("rabbitmq") : present.includes(name);
  return all.filter(isPresent);
}

/** Prometheus' configuration for an observer on this machine, which asks for no token. */
function scrapeHere(text: string, observerPort: number): string {
  return text
    .replace("observer:8010", `127.0.0.1:${observerPort}`)
    .replace(/^ *authorization:\n.*credentials_file:.*\n/m, "");
}

function toJaegerPorts(ports: FullPorts) {
  return {
    query: ports.jaeger,
    queryGrpc: ports.jaegerQueryGrpc,
    grpc: ports.jaegerGrpc,
    http: ports.jaegerHttp,
    health: ports.jaegerHealth,
  };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a server that is present has its settings");
  return value;
}

/** The folder of a server's data, made. */
export async function openServerFolder(dataDir: string, name: ServerProgramName): Promise<string> {
  const folder = join(dataDir, "servers", name);
  await mkdir(folder, { recursive: true });
  return folder;
}
