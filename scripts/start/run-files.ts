import { rmSync, writeFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { isRunning, readProcessStart } from "../starter/process-identity.mjs";

const runFile = z.object({ pid: z.number().int().positive(), startedAt: z.string() });

/** PostgreSQL's fast stop is SIGINT and waits for a checkpoint; it goes last, when nobody needs it any more. */
const postgres = { name: "postgres", signal: "SIGINT", graceMs: 20_000 } as const;
const others = { signal: "SIGTERM", graceMs: 5_000 } as const;

/**
 * Notes that a process runs, with the time it was started: its pid alone may be another's tomorrow. Synchronous, so that
 * a starter that is killed right after a spawn leaves no process without its note.
 */
export function writeRunFile(runDir: string, name: string, pid: number): void {
  writeFileSync(pathOf(runDir, name), JSON.stringify({ pid, startedAt: readProcessStart(pid) ?? "" }));
}

export function removeRunFile(runDir: string, name: string): void {
  rmSync(pathOf(runDir, name), { force: true });
}

/**
 * Stops the processes noted in a folder that still run: asked first, killed after a grace. A process that only has the
 * pid of one of ours is left alone.
 *
 * @returns the names of those that ran
 */
export async function stopOrphans(runDir: string): Promise<string[]> {
  const files = (await readdir(runDir)).filter((file) => file.endsWith(".json"));
  const names = files.map((file) => file.replace(/\.json$/, ""));
  const services = names.filter((name) => name !== postgres.name);
  const ran = await Promise.all(services.map((name) => stopOrphan(pathOf(runDir, name), others)));
  const stopped = services.filter((_, index) => ran[index]);
  if (!names.includes(postgres.name)) return stopped;
  return (await stopOrphan(pathOf(runDir, postgres.name), postgres)) ? [...stopped, postgres.name] : stopped;
}

async function stopOrphan(path: string, how: { signal: NodeJS.Signals; graceMs: number }): Promise<boolean> {
  const identity = await readRunFile(path);
  const runs = identity !== undefined && isRunning(identity);
  if (runs) {
    send(identity.pid, how.signal);
    const deadline = performance.now() + how.graceMs;
    while (isRunning(identity)) {
      if (performance.now() > deadline) send(identity.pid, "SIGKILL");
      await sleep(50);
    }
    // What it had started itself; its group has its id.
    send(-identity.pid, "SIGKILL");
  }
  await rm(path, { force: true });
  return runs;
}

function pathOf(runDir: string, name: string): string {
  return join(runDir, `${name}.json`);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Undefined for a file that a killed starter left half-written. */
async function readRunFile(path: string): Promise<z.infer<typeof runFile> | undefined> {
  try {
    return runFile.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}
