import type { SignalName } from "../../signals/catalogue.ts";
import type { Samples } from "../../signals/signal-source.ts";
import { type Ask, type FailingRead, guardReads } from "./guard-reads.ts";
import { createInfluxdbAsk, type InfluxdbOptions } from "./influxdb/influxdb-source.ts";
import { createPrometheusAsk, type PrometheusOptions } from "./prometheus/prometheus-source.ts";
import { toShownUrl } from "./signal-source-error.ts";

export type ServerName = "prometheus" | "influxdb";

/** A server outside of the observer as a source of signals. */
export interface ServerSource {
  readonly name: ServerName;
  /** Without secrets. */
  readonly url: string;
  /** @throws SignalSourceError at once while the server fails to answer this read; it is asked again in the background */
  read(signal: SignalName, windowSeconds: number, atMs: number): Promise<Samples>;
  failing(): readonly FailingRead[];
}

/** A tick waits no longer than this for a server, once; then others stand in for it until it answers again. */
const deadlineMs = 2_000;

export interface ServerSourceOptions {
  readonly nowMs: () => number;
  readonly deadlineMs?: number;
}

export function createPrometheusSource(
  server: PrometheusOptions,
  options: ServerSourceOptions,
): ServerSource {
  return createServerSource("prometheus", server.url, createPrometheusAsk(server), options);
}

export function createInfluxdbSource(server: InfluxdbOptions, options: ServerSourceOptions): ServerSource {
  return createServerSource("influxdb", server.url, createInfluxdbAsk(server), options);
}

function createServerSource(
  name: ServerName,
  url: string,
  ask: Ask,
  options: ServerSourceOptions,
): ServerSource {
  const reads = guardReads({ ask, deadlineMs, ...options });
  return { name, url: toShownUrl(url), ...reads };
}
