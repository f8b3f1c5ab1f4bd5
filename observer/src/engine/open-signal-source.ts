import { AppError } from "@kontor/kit/errors";
import type { Logger } from "@kontor/kit/logger";
import type { SignalSource, SourceName } from "../signals/signal-source.ts";
import { checkInfluxdb, type InfluxdbOptions } from "../store/sources/influxdb/influxdb-source.ts";
import { checkPrometheus, type PrometheusOptions } from "../store/sources/prometheus/prometheus-source.ts";
import {
  createInfluxdbSource,
  createPrometheusSource,
  type ServerSource,
} from "../store/sources/server-source.ts";
import { SignalSourceError } from "../store/sources/signal-source-error.ts";
import { createSwitchingSource, type SourceStatus } from "../store/sources/switching-source.ts";
import type { StreamSource } from "../store/windows/stream-source.ts";

/** Which source rules are evaluated on, and the servers there are. */
export interface SignalServers {
  readonly source: SourceName;
  readonly prometheus?: PrometheusOptions | undefined;
  readonly influxdb?: InfluxdbOptions | undefined;
}

export interface OpenSignalSource {
  readonly source: SignalSource;
  /** One for each server that is read; none on the stream. */
  statuses(): readonly SourceStatus[];
}

const checkDeadlineMs = 5_000;
/** Codes of mistakes in the configuration: waiting does not mend them. */
const mistakes = new Set(["source.unauthorized", "source.not_found"]);

/**
 * The source that rules are evaluated on: the stream itself, or a server with the stream behind it. Windows longer than an hour are read
 * from InfluxDB where there is one.
 *
 * @param streamSinceMs from when on the stream has everything
 * @throws AppError `source.not_configured` where its address is missing, and `source.unauthorized` or `source.not_found` where a server
 *   refuses; one that is away is waited for
 */
export async function openSignalSource(
  servers: SignalServers,
  stream: StreamSource,
  { streamSinceMs, logger }: { streamSinceMs: number; logger: Pick<Logger, "info" | "warn"> },
): Promise<OpenSignalSource> {
  if (servers.source === "stream") return { source: stream, statuses: () => [] };
  await refuseMistakes(servers, logger);
  const nowMs = Date.now;
  const server = createServer(servers, servers.source, nowMs);
  const longServer =
    servers.source === "influxdb" || servers.influxdb === undefined
      ? undefined
      : createInfluxdbSource(servers.influxdb, { nowMs });
  return createOpened({ server, longServer, stream, streamSinceMs, nowMs, logger });
}

function createOpened(options: Parameters<typeof createSwitchingSource>[0]): OpenSignalSource {
  const source = createSwitchingSource(options);
  return { source, statuses: source.statuses };
}

function createServer(
  servers: SignalServers,
  name: "prometheus" | "influxdb",
  nowMs: () => number,
): ServerSource {
  if (name === "prometheus" && servers.prometheus !== undefined)
    return createPrometheusSource(servers.prometheus, { nowMs });
  if (name === "influxdb" && servers.influxdb !== undefined)
    return createInfluxdbSource(servers.influxdb, { nowMs });
  const missing = name === "prometheus" ? "PROMETHEUS_URL" : "INFLUXDB_URL and INFLUXDB_TOKEN";
  const message = `Rules are to be evaluated on ${name}, but nobody says where it is. Set ${missing}, or SIGNAL_SOURCE=stream.`;
  throw new AppError("invalid", "source.not_configured", message);
}

async function refuseMistakes(
  { source, prometheus, influxdb }: SignalServers,
  logger: Pick<Logger, "warn">,
): Promise<void> {
  const deadline = AbortSignal.timeout(checkDeadlineMs);
  const checks = [
    ...(prometheus === undefined || source !== "prometheus" ? [] : [checkPrometheus(prometheus, deadline)]),
    ...(influxdb === undefined ? [] : [checkInfluxdb(influxdb, deadline)]),
  ];
  for (const outcome of await Promise.allSettled(checks)) {
    if (outcome.status === "fulfilled") continue;
    const error: unknown = outcome.reason;
    if (error instanceof SignalSourceError && mistakes.has(error.code))
      throw new AppError("invalid", error.code, error.message, { cause: error });
    logger.warn(
      { error },
      "a server that rules are evaluated on is away; the stream stands in until it is there",
    );
  }
}
