import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "../../errors.ts";
import { type ServerName, serverVersions } from "./server-versions.ts";

export const collectorManifest = fileURLToPath(
  new URL("../../../../../otel-collector/builder-config.yaml", import.meta.url),
);

type Lookup = {
  /** In the cache. Those that are only ever taken from PATH have none. */
  cached: string | undefined;
  /** Names it has on PATH. */
  onPath: readonly string[];
  /** Prints the version; undefined where any is taken. */
  versionArgs?: readonly string[];
};

const lookups: Record<ServerName, Lookup> = {
  otelcol: {
    cached: "otelcol-kontor",
    onPath: ["otelcol-kontor", "otelcol-contrib"],
    versionArgs: ["--version"],
  },
  prometheus: { cached: "prometheus", onPath: ["prometheus"], versionArgs: ["--version"] },
  influxdb: { cached: "influxd", onPath: ["influxd"], versionArgs: ["version"] },
  jaeger: { cached: "jaeger", onPath: ["jaeger"], versionArgs: ["version"] },
  loki: { cached: "loki", onPath: ["loki"], versionArgs: ["--version"] },
  redis: { cached: undefined, onPath: ["redis-server", "valkey-server"] },
  rabbitmq: { cached: undefined, onPath: ["rabbitmq-server"] },
  alertmanager: { cached: undefined, onPath: ["prometheus-alertmanager", "alertmanager"] },
  telemetrygen: { cached: "telemetrygen", onPath: ["telemetrygen"] },
};

/** Debian wraps RabbitMQ in a script on PATH that changes the account; the program itself lies here. */
const foldersBefore = ["/usr/lib/rabbitmq/bin"];
/** Where servers lie that not everybody's PATH leads to. */
const foldersAfter = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/usr/lib/erlang/bin"];

/** Where built servers lie: one folder for each name and version. */
export function cacheFolder(name: string, version: string): string {
  const root = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(root, "kontor", name, version);
}

/** The folder in the cache that holds the wanted version of a server. That of the collector changes with its manifest. */
export function serverFolder(name: ServerName): string {
  if (name !== "otelcol") return cacheFolder(name, serverVersions[name]);
  const hash = createHash("sha256").update(readFileSync(collectorManifest)).digest("hex").slice(0, 8);
  return cacheFolder(name, `${serverVersions.otelcol}-${hash}`);
}

/**
 * A server's program: the wanted version from the cache, else one of the same major and minor version from PATH.
 *
 * @returns its absolute path; undefined when there is none
 */
export function lookForServer(name: ServerName): string | undefined {
  const { cached, onPath, versionArgs } = lookups[name];
  const inCache = cached === undefined ? undefined : join(serverFolder(name), cached);
  if (inCache !== undefined && canRun(inCache)) return inCache;
  const isWanted = (path: string): boolean =>
    versionArgs === undefined || printsVersion(path, versionArgs, serverVersions[name]);
  return onPath.flatMap(listOnPath).find(isWanted);
}

/** @throws AppError `servers.missing`, which says how to get it */
export function findServer(name: ServerName): string {
  const path = lookForServer(name);
  if (path !== undefined) return path;
  const message = `${name} ${serverVersions[name]} is neither in ${cacheFolder(name, "")} nor on PATH. \`npm run servers -- --only ${name}\` gets it.`;
  throw new AppError("unavailable", "servers.missing", message);
}

/** A program that comes with a server, such as promtool with Prometheus. @throws AppError `servers.missing` */
export function findCompanion(server: ServerName, program: string): string {
  const beside = join(serverFolder(server), program);
  const path = canRun(beside) ? beside : listOnPath(program)[0];
  if (path !== undefined) return path;
  const message = `${program} is neither in ${serverFolder(server)} nor on PATH. \`npm run servers -- --only ${server}\` gets it.`;
  throw new AppError("unavailable", "servers.missing", message);
}

/** Every program of that name on PATH and in the usual folders, the first found first. */
export function listOnPath(program: string): string[] {
  const folders = [...foldersBefore, ...(process.env.PATH ?? "").split(delimiter), ...foldersAfter];
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, program))
    .filter(canRun);
}

function printsVersion(path: string, args: readonly string[], wanted: string): boolean {
  const [majorMinor = wanted] = /^\d+\.\d+/.exec(wanted) ?? [];
  try {
    const text = execFileSync(path, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return new RegExp(`(^|[^\\d.])${majorMinor.replace(".", "\\.")}(\\.|\\D|$)`).test(text);
  } catch {
    return false;
  }
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
