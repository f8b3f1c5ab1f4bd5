import type { FullModeServer } from "@kontor/kit/testing/servers/server-versions";
import type { DataFolder } from "./data-folder.ts";
import { toBackends } from "./full/backends.ts";
import { type FullPorts, fullPortVariables } from "./full/server-ports.ts";
import { defineServers, serverStopOrder } from "./full/server-programs.ts";
import {
  findFreePortsOf,
  type Ports,
  type PortTable,
  portVariables,
  readPortTable,
  refuseTakenPorts,
} from "./ports.ts";
import { nodeProgram, postgresProgram, serverProgram } from "./program-runs.ts";
import { definePrograms, type ProgramSettings, stopOrder } from "./programs.ts";
import type { RotatingLog } from "./rotating-log.ts";
import type { SupervisorOptions } from "./supervisor.ts";
import { type SystemUrls, toUrls, urlOf } from "./urls.ts";

/** Where everything of a system listens. */
export type Plan = {
  ports: Ports & Partial<FullPorts>;
  /** Which of them are used by somebody else now. */
  refuseTaken(): Promise<void>;
  urls: SystemUrls;
  /** What is run, and in which order it is stopped. */
  toPrograms(
    settings: Omit<ProgramSettings, "ports" | "backends">,
    folder: DataFolder,
    openLog: (name: string) => RotatingLog,
  ): Pick<SupervisorOptions, "programs" | "stopOrder">;
};

export type PlanOptions = {
  ports?: "free" | number;
  environment: Record<string, string | undefined>;
  /** In full mode the servers that this machine has; undefined in embedded mode. */
  servers?: readonly FullModeServer[];
};

/** @throws AppError `start.port_invalid` */
export async function planSystem(options: PlanOptions): Promise<Plan> {
  const { servers } = options;
  if (servers === undefined) {
    const ports = await choosePorts(portVariables, options);
    return {
      ports,
      refuseTaken: () => refuseTakenPorts(ports, portVariables),
      urls: toUrls(ports),
      toPrograms: (settings, folder, openLog) => ({
        programs: [
          postgresProgram(folder, ports.postgres, settings.secrets, openLog("postgres")),
          ...definePrograms({ ...settings, ports }).map((each) =>
            nodeProgram(each, folder, openLog(each.name)),
          ),
        ],
        stopOrder,
      }),
    };
  }
  const ports = await choosePorts(fullPortVariables, options);
  return {
    ports,
    refuseTaken: () => refuseTakenPorts(ports, fullPortVariables),
    urls: toFullUrls(ports, servers),
    toPrograms: (settings, folder, openLog) => toFullPrograms(servers, ports, settings, folder, openLog),
  };
}

function choosePorts<T extends PortTable>(table: T, { ports, environment }: PlanOptions) {
  return ports === "free" ? findFreePortsOf(table) : readPortTable(table, environment, ports ?? 0);
}

function toFullPrograms(
  servers: readonly FullModeServer[],
  ports: FullPorts,
  settings: Omit<ProgramSettings, "ports" | "backends">,
  folder: DataFolder,
  openLog: (name: string) => RotatingLog,
): Pick<SupervisorOptions, "programs" | "stopOrder"> {
  const backends = toBackends(servers, ports, settings.secrets);
  const definitions = defineServers(servers, ports, backends, settings.environment);
  // The collector waits for nobody, and what it has waits in its queues.
  const needed = definitions.map(({ name }) => name).filter((name) => name !== "otelcol");
  const [collector = [], ...others] = serverStopOrder;
  const [first = [], second = [], ...rest] = stopOrder;
  return {
    programs: [
      postgresProgram(folder, ports.postgres, settings.secrets, openLog("postgres")),
      ...definitions.map((each) => serverProgram(each, folder, openLog(each.name))),
      ...definePrograms({ ...settings, ports, backends }).map((each) =>
        nodeProgram(each, folder, openLog(each.name), needed),
      ),
    ],
    stopOrder: [first, second, collector, ...rest.slice(0, -1), ...others, ...rest.slice(-1)],
  };
}

function toFullUrls(ports: FullPorts, servers: readonly FullModeServer[]): SystemUrls {
  const all: Partial<Record<FullModeServer, string>> = {
    prometheus: urlOf(ports.prometheus),
    influxdb: urlOf(ports.influxdb),
    jaeger: urlOf(ports.jaeger),
    loki: urlOf(ports.loki),
    rabbitmq: `amqp://127.0.0.1:${ports.rabbitmq}`,
    redis: `redis://127.0.0.1:${ports.redis}`,
  };
  const present = Object.entries(all).filter(([name]) => servers.includes(name as FullModeServer));
  return { ...toUrls(ports), ...Object.fromEntries(present) };
}
