import { Resources } from "@kontor/kit/resources";
import { listenForStop } from "@kontor/kit/stop-request";
import { Command, InvalidArgumentError, Option } from "commander";
import type { SourceName } from "../signals/signal-source.ts";
import type { CommandIo } from "./command-io.ts";
import type { OwnObserver } from "./observe/open-own-observer.ts";
import { returnMemoryEarly } from "./observer-process.ts";

interface ObserveOptions {
  readonly config?: string;
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly otlpPort: number;
  readonly source: SourceName;
  readonly json?: true;
}

/**
 * `kontor observe`: the observer alone, for services of any kind. It brings its own database and keeps everything in one folder.
 *
 * Exit codes: 0 stopped on request, 2 bad input or configuration, 3 could not start.
 */
export function createObserveCommand(io: CommandIo): Command {
  const { OBSERVER_CONFIG, OBSERVER_DATA, HOST, PORT, OTLP_PORT, SIGNAL_SOURCE } = io.environment;
  return new Command("observe")
    .description(
      "observe any services that speak OpenTelemetry: the observer alone, with its own database; Ctrl-C stops it",
    )
    .addOption(
      new Option(
        "--config <file>",
        "its configuration (default: observer_config.json in the data folder)",
      ).default(OBSERVER_CONFIG || undefined),
    )
    .option("--data <folder>", "where it keeps everything", OBSERVER_DATA || ".kontor/observe")
    .option("--host <address>", "where it listens", HOST || "127.0.0.1")
    .option("--port <port>", "pages and API", readPort, readPort(PORT || "8010"))
    .option("--otlp-port <port>", "OTLP over HTTP", readPort, readPort(OTLP_PORT || "4318"))
    .addOption(
      new Option("--source <name>", "what rules are evaluated on")
        .choices(["stream", "prometheus", "influxdb"])
        .default(SIGNAL_SOURCE || "stream"),
    )
    .option("--json", "print what is ready as one JSON object")
    .addHelpText("after", `\n${environmentHelp}`)
    .action((options: ObserveOptions) => observe(io, options));
}

const environmentHelp = `Who is told, by environment: SMTP_URL, MAIL_FROM and ALERT_MAIL_TO for mails; WEBHOOK_URL and WEBHOOK_SECRET for a webhook in
Alertmanager's format; HEARTBEAT_URL for an outsider who notices that the observer is gone. PUBLIC_URL is the address in links.
POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DATABASE, POSTGRES_USER and POSTGRES_PASSWORD name a PostgreSQL to use in place of its own.
PROMETHEUS_URL, and INFLUXDB_URL with INFLUXDB_TOKEN, INFLUXDB_ORG and INFLUXDB_BUCKET, say where --source reads; the collector has to
send to the observer too, which then stands in while a server is away.
Beyond loopback OTLP_TOKEN (or OTLP_TOKEN_FILE) and OBSERVER_TOKENS_FILE are needed.`;

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("A port is a number from 0 to 65535; 0 takes a free one.");
}

async function observe(io: CommandIo, options: ObserveOptions): Promise<void> {
  // Whoever does not want to wait ends the process; the next start stops the database that is then left over.
  using stop = listenForStop(() => process.kill(process.pid, "SIGKILL"));
  await using resources = new Resources();
  returnMemoryEarly(io.environment);
  // Loaded here, so that other commands do not wait for the store's engine.
  const { openOwnObserver } = await import("./observe/open-own-observer.ts");
  const observer = await openOwnObserver(
    {
      configuration: options.config,
      dataFolder: options.data,
      host: options.host,
      port: options.port,
      otlpPort: options.otlpPort,
      source: options.source,
      environment: io.environment,
      tell: (line) => io.writeError(`${line}\n`),
    },
    resources,
  );
  if (!stop.signal.aborted) io.write(options.json === true ? toJson(observer) : describe(observer));
  await stop.asked;
  io.writeError("Stopping. Ctrl-C again stops at once.\n");
}

function toJson({ http, otlpUrl, folder, logFile, configurationPath }: OwnObserver): string {
  const urls = { observer: http.url, otlp: otlpUrl };
  return `${JSON.stringify({ event: "ready", urls, dataDir: folder, logFile, configuration: configurationPath })}\n`;
}

function describe({
  http,
  otlpUrl,
  folder,
  logFile,
  configurationPath,
  needsOtlpToken,
}: OwnObserver): string {
  const headers = needsOtlpToken
    ? "\n  OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer%20<the token of OTLP_TOKEN>"
    : "";
  return `
Observing. Data: ${folder}, log: ${logFile}

  Pages and API        ${http.url}        API: ${http.url}/openapi.json
  Telemetry (OTLP)     ${otlpUrl}
  Configuration        ${configurationPath} (changes take effect at once)

Point your services at it, with the OpenTelemetry SDK of any language:

  OTEL_EXPORTER_OTLP_ENDPOINT=${otlpUrl}
  OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf${headers}
  OTEL_SERVICE_NAME=<name of the service>
  OTEL_METRIC_EXPORT_INTERVAL=1000        alerts after seconds; SDKs send every 60 s otherwise

Node.js, without a change to the code:

  npm install @opentelemetry/auto-instrumentations-node
  node --require @opentelemetry/auto-instrumentations-node/register app.js

ES modules need --experimental-loader=@opentelemetry/instrumentation/hook.mjs besides, or their routes are not seen.

Ctrl-C stops it; the data stays.
`;
}
