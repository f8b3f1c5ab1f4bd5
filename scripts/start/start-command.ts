import { AppError } from "@kontor/kit/errors";
import { listenForStop, StoppedError } from "@kontor/kit/stop-request";
import type { FullModeServer } from "@kontor/kit/testing/servers/server-versions";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { Command, Option } from "commander";
import { dataOption } from "../cli/data-option.ts";
import { createBoard } from "./board.ts";
import { provideServers } from "./full/provide-servers.ts";
import { demoPassword, type ProgramName, programNames } from "./programs.ts";
import type { ProcessStatus } from "./supervised.ts";
import { openSystem, type System } from "./system.ts";
import type { SystemUrls } from "./urls.ts";

type StartOptions = {
  data: string;
  ports?: "free";
  portOffset: number;
  config?: string;
  json?: boolean;
  full?: boolean;
};

/** `start`: the whole system, until Ctrl-C; in embedded mode unless `--full` is given. */
export function createStartCommand(io: CommandIo): Command {
  return withStartOptions(io, new Command("start"))
    .description("start the whole system in embedded mode; Ctrl-C stops everything it started")
    .option("--full", "full mode: with collector, Prometheus, InfluxDB, Jaeger, Loki, RabbitMQ and Redis")
    .action((options: StartOptions) => runSystem(io, options, []));
}

/** `dev`: the same, with every program, or one, started again when a file of it changes. */
export function createDevCommand(io: CommandIo): Command {
  return withStartOptions(io, new Command("dev"))
    .description("start with programs that restart when one of their files changes")
    .argument("[service]", `the one to watch: ${programNames.join(", ")}; all when left out`)
    .action((service: string | undefined, options: StartOptions) =>
      runSystem(io, options, readWatched(service)),
    );
}

function withStartOptions(io: CommandIo, command: Command): Command {
  return command
    .addOption(dataOption(io))
    .addOption(new Option("--ports <how>", "free: take ports that nobody uses").choices(["free"]))
    .option("--port-offset <n>", "move every port by n", Number, 0)
    .option("--config <file>", "the observer's configuration (default: observer_config.json)")
    .option("--json", "print what is ready, and every change, as one JSON object a line")
    .addHelpText("after", `\n${portHelp}`);
}

/** Empty in embedded mode. */
function describeServers(urls: SystemUrls): string {
  const rows: readonly [string, string | undefined][] = [
    ["Prometheus", urls.prometheus],
    ["InfluxDB", urls.influxdb],
    ["Jaeger", urls.jaeger],
    ["Loki", urls.loki],
    ["RabbitMQ", urls.rabbitmq],
    ["Redis", urls.redis],
  ];
  return rows.map(([name, url]) => (url === undefined ? "" : `  ${name.padEnd(26)} ${url}\n`)).join("");
}

const portHelp = `Each port can be set by its variable: GATEWAY_PORT, AUTH_PORT, CORE_ERP_PORT, NOTIFICATION_PORT, OBSERVER_PORT, OTLP_PORT,
MAIL_PORT, SMTP_PORT, POSTGRES_PORT; docs/full-mode.md names those of full mode. What the programs write is in <data>/logs.`;

function readWatched(service: string | undefined): ProgramName[] {
  if (service === undefined) return [...programNames];
  const known = programNames.find((name) => name === service);
  if (known !== undefined) return [known];
  const message = `There is no service ${JSON.stringify(service)}; there are ${programNames.join(", ")}.`;
  throw new AppError("invalid", "cli.argument", message);
}

async function runSystem(io: CommandIo, options: StartOptions, watch: ProgramName[]): Promise<void> {
  if (!Number.isInteger(options.portOffset)) {
    throw new AppError("invalid", "cli.argument", "--port-offset takes a whole number.");
  }
  const printJson = (value: object): void => io.write(`${JSON.stringify(value)}\n`);
  const hurry = new AbortController();
  using stop = listenForStop(() => hurry.abort());
  try {
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const servers = options.full ? await provideServers(say, stop.signal) : undefined;
    const board = createBoard(process.stderr, ["postgres", ...toServerPrograms(servers), ...programNames]);
    await using system = await openSystem({
      dataDir: options.data,
      ports: options.ports ?? options.portOffset,
      environment: io.environment,
      watch,
      signal: stop.signal,
      hurry: hurry.signal,
      tell: board.say,
      onChange(status: ProcessStatus) {
        if (options.json) printJson({ event: "process", ...status });
        else board.update(status);
      },
      ...(servers === undefined ? {} : { servers }),
      ...(options.config === undefined ? {} : { observerConfig: options.config }),
    });
    if (options.json) printJson(toReady(system));
    else board.say(describe(system));
    await stop.asked;
    if (!options.json) board.say("\nStopping. Ctrl-C again stops at once.");
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
  }
}

/** The lines of the board for the servers of full mode. */
function toServerPrograms(servers: readonly FullModeServer[] = []): string[] {
  return servers.flatMap((name) => (name === "rabbitmq" ? ["epmd", name] : [name]));
}

/** One for each role; the auth service makes them. */
const demoRoles = ["admin", "sales", "warehouse", "viewer"];

function toReady(system: System): object {
  return {
    event: "ready",
    startupMs: Math.round(system.startupMs),
    dataDir: system.dataDir,
    isNew: system.isNew,
    urls: system.urls,
    accounts: demoRoles.map((role) => ({ email: `${role}@kontor.example`, password: demoPassword, role })),
    processes: system.statuses(),
  };
}

function describe(system: System): string {
  const { urls } = system;
  return `
Ready after ${(system.startupMs / 1000).toFixed(1)} s. Data and logs: ${system.dataDir}

  ERP, through the gateway   ${urls.gateway}        API: ${urls.gateway}/openapi.json
  Observer                   ${urls.observer}        API: ${urls.observer}/openapi.json
  Mails it sent              ${urls.mail}
  Telemetry (OTLP/HTTP)      ${urls.otlp}
${describeServers(urls)}
  Demo accounts: ${demoRoles.map((role) => `${role}@kontor.example`).join(", ")}; password ${demoPassword}

Ctrl-C stops everything.`;
}
