import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Ready, spawnStart } from "../clients/start-process.ts";
import { openTemporaryFolder } from "../start/temporary-folder.ts";
import { repository } from "../starter/install.mjs";
import type { BenchRow } from "./bench-row.ts";
import { readPssBytes } from "./process-memory.ts";

const restSeconds = 20;
const targets = { startSeconds: 15, cloneSeconds: 60, restBytes: 1.2e9 };

/** P10: how long `npm start` takes, installed and on a clean clone, and what everything weighs at rest. */
export async function run(): Promise<BenchRow[]> {
  await using folder = await openTemporaryFolder("bench");
  const installed = await measureInstalled(join(folder.path, "data"));
  return [...installed, await measureClone(join(folder.path, "clone"))];
}

async function measureInstalled(dataDir: string): Promise<BenchRow[]> {
  const first = await openNpmStart(repository, dataDir, process.env);
  await first[Symbol.asyncDispose]();
  await using again = await openNpmStart(repository, dataDir, process.env);
  await sleep(restSeconds * 1000);
  // PostgreSQL is no child of ours: it is named by the system itself.
  const pids = again.ready.processes.map(({ pid }) => pid);
  const bytes = readPssBytes([again.pid, ...pids]);
  return [
    seconds("npm start, first on a new data folder", first.seconds, targets.cloneSeconds),
    seconds("npm start, installed", again.seconds, targets.startSeconds),
    bytes === undefined
      ? { name: "PSS at rest", value: "not measured", unit: "GB", note: "only Linux tells it" }
      : {
          name: "PSS at rest",
          value: bytes / 1e9,
          unit: "GB",
          target: `<= ${targets.restBytes / 1e9}`,
          met: bytes <= targets.restBytes,
          note: `${restSeconds} s after the start, all processes of npm start and PostgreSQL`,
        },
  ];
}

/** The packages are taken from npm's cache, which is filled first: downloads are left aside. */
async function measureClone(folder: string): Promise<BenchRow> {
  const environment = { ...process.env, npm_config_prefer_offline: "true" };
  await promisify(execFile)("git", ["clone", "--quiet", repository, folder]);
  await promisify(execFile)("node", ["scripts/kontor.mjs", "--help"], { cwd: folder, env: environment });
  await rm(join(folder, "node_modules"), { recursive: true });
  await using start = await openNpmStart(folder, join(folder, ".kontor"), environment);
  return seconds("npm start on a clean clone, downloads aside", start.seconds, targets.cloneSeconds);
}

type NpmStart = AsyncDisposable & { pid: number; seconds: number; ready: Ready };

/** `npm start` until it says that it is ready. Disposing stops it. */
async function openNpmStart(
  folder: string,
  dataDir: string,
  environment: NodeJS.ProcessEnv,
): Promise<NpmStart> {
  const startedAt = performance.now();
  const command = ["npm", "start", "--silent", "--", "--ports", "free", "--json", "--data", dataDir];
  const { pid, ready, ended, send } = spawnStart(command, folder, environment);
  return {
    pid,
    ready: await ready,
    seconds: (performance.now() - startedAt) / 1000,
    async [Symbol.asyncDispose]() {
      // Not SIGINT: npm hands it to a shell, which ignores it where a job was begun in the background.
      send("SIGTERM");
      await ended;
    },
  };
}

function seconds(name: string, value: number, target: number): BenchRow {
  return { name, value, unit: "s", target: `<= ${target}`, met: value <= target };
}
