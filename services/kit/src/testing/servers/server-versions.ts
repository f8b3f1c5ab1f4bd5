/**
 * The versions of the servers of others that full mode and its tests run with: here and nowhere else. `npm run servers`
 * builds them, the tests look for them, and a test holds docker-compose.yml to them.
 */
export const serverVersions = {
  otelcol: "0.158.0",
  prometheus: "3.16.0",
  influxdb: "2.9.1",
  jaeger: "2.13.0",
  loki: "3.7.8",
  /** The oldest that serves; these come with the operating system. */
  redis: "7.0",
  rabbitmq: "3.10",
  /** No part of Kontor: its client must work with the observer, and benchmarks compare. */
  alertmanager: "0.25",
  /** No server: a generator of OTLP that its makers publish. */
  telemetrygen: "0.161.0",
} as const;

/** Of the compiler that builds them; a newer one of the same minor version, or of a later one, serves as well. */
export const goVersion = "1.26.11";

export type ServerName = keyof typeof serverVersions;

export const serverNames = Object.keys(serverVersions) as ServerName[];

/** What full mode runs. */
export type FullModeServer = Exclude<ServerName, "alertmanager" | "telemetrygen">;

export const fullModeServers = serverNames.filter(
  (name): name is FullModeServer => name !== "alertmanager" && name !== "telemetrygen",
);
