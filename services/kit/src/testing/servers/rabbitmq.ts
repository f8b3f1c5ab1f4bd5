import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { accepts } from "./accepts.ts";
import { findServer, listOnPath } from "./find-server.ts";
import { answers, type RunningServer, type ServerCommand, startServer } from "./start-server.ts";

export type RabbitmqServer = RunningServer & {
  readonly port: number;
  /** With the guest account, which RabbitMQ lets in from this machine only. */
  readonly url: string;
  /** Of the management API; undefined where the plugin was not asked for. */
  readonly managementUrl: string | undefined;
};

export type RabbitmqOptions = {
  /** Names of plugins; `rabbitmq_management` adds its API and some seconds to the start. */
  plugins?: readonly string[];
  /** Further lines of `rabbitmq.conf`. */
  configuration?: readonly string[];
};

type RabbitmqPorts = { amqp: number; distribution: number; management: number; epmd: number };

/** Erlang's name server. The one that RabbitMQ would start by itself outlives it. */
export function epmdCommand(port: number): ServerCommand {
  const [program = "epmd"] = listOnPath("epmd");
  return { program, args: ["-port", String(port)], isReady: () => accepts(port) };
}

export async function rabbitmqCommand(
  place: { folder: string; ports: RabbitmqPorts },
  options: RabbitmqOptions = {},
): Promise<ServerCommand> {
  const { folder, ports } = place;
  const { plugins = [], configuration = [] } = options;
  const hasManagement = plugins.includes("rabbitmq_management");
  const pluginsFile = join(folder, "enabled_plugins");
  await writeFile(pluginsFile, `[${plugins.join(",")}].`);
  const lines = [
    ...(hasManagement ? [`management.tcp.port = ${ports.management}`, "management.tcp.ip = 127.0.0.1"] : []),
    ...configuration,
  ];
  await writeFile(join(folder, "rabbitmq.conf"), `${lines.join("\n")}\n`);
  return {
    program: findServer("rabbitmq"),
    args: [],
    environment: {
      HOME: folder,
      ERL_EPMD_PORT: String(ports.epmd),
      RABBITMQ_DIST_PORT: String(ports.distribution),
      // Known to the name server beside it only, so that others may have the same name.
      RABBITMQ_NODENAME: "kontor@localhost",
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: String(ports.amqp),
      RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
      RABBITMQ_LOG_BASE: join(folder, "log"),
      RABBITMQ_LOGS: "-",
      RABBITMQ_ENABLED_PLUGINS_FILE: pluginsFile,
      RABBITMQ_CONF_ENV_FILE: join(folder, "none.conf"),
      RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    },
    // The management API is the last to come up.
    isReady: async () =>
      (await accepts(ports.amqp)) &&
      (!hasManagement || (await answers(`http://127.0.0.1:${ports.management}/`))),
  };
}

export async function startRabbitmq(options: RabbitmqOptions = {}): Promise<RabbitmqServer> {
  const epmd = await startServer("epmd", 1, async ({ ports: [port = 0] }) => epmdCommand(port));
  try {
    const server = await startServer("rabbitmq", 3, ({ folder, ports }) => {
      const [amqp = 0, distribution = 0, management = 0] = ports;
      const all = { amqp, distribution, management, epmd: epmd.ports[0] ?? 0 };
      return rabbitmqCommand({ folder, ports: all }, options);
    });
    const [port = 0, , management] = server.ports;
    const dispose = server[Symbol.asyncDispose];
    return Object.assign(server, {
      port,
      url: `amqp://guest:guest@127.0.0.1:${port}`,
      managementUrl: options.plugins?.includes("rabbitmq_management")
        ? `http://127.0.0.1:${management}`
        : undefined,
      async [Symbol.asyncDispose]() {
        await dispose();
        await epmd[Symbol.asyncDispose]();
      },
    });
  } catch (error) {
    await epmd[Symbol.asyncDispose]();
    throw error;
  }
}
