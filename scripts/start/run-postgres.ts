import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type OpenEmbeddedPostgresOptions, openEmbeddedPostgres } from "@kontor/kit/embedded-postgres";
import type { PostgresOptions } from "@kontor/kit/postgres";
import { isRunning, readProcessStart } from "../starter/process-identity.mjs";
import type { Run } from "./supervised.ts";

/** Elsewhere each look starts `ps`. */
const watchEveryMs = process.platform === "linux" ? 100 : 1_000;

/**
 * Starts PostgreSQL as one run among others. It is no child of ours (pg_ctl leaves it on its own), so its end is seen
 * by looking at its process.
 *
 * @param prepare makes databases and roles; part of the start
 */
export async function runPostgres(
  options: OpenEmbeddedPostgresOptions,
  prepare: (admin: PostgresOptions, pid: number) => Promise<void>,
): Promise<Run> {
  const postgres = await openEmbeddedPostgres(options);
  let pid: number;
  try {
    pid = Number((await readFile(join(options.dataDir, "postmaster.pid"), "utf8")).split("\n")[0]);
    await prepare(postgres.admin, pid);
  } catch (error) {
    await postgres[Symbol.asyncDispose]();
    throw error;
  }
  const identity = { pid, startedAt: readProcessStart(pid) ?? "" };
  let isStopped = false;
  const ended = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (isRunning(identity)) return;
      clearInterval(timer);
      // Gives up the claim on the data folder, which the next start takes anew.
      void postgres[Symbol.asyncDispose]().then(() => resolve(isStopped ? "stopped" : "ended unasked"));
    }, watchEveryMs);
  });
  return {
    pid,
    ended,
    kill: (signal) => {
      if (isRunning(identity)) process.kill(pid, signal);
    },
    async stop() {
      isStopped = true;
      // Has deadlines of its own: a fast stop first, which waits for a checkpoint, then an immediate one.
      await postgres[Symbol.asyncDispose]();
      await ended;
    },
  };
}
