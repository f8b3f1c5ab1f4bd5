import { join } from "node:path";
import { provisionPostgres } from "@kontor/kit/provision-postgres";
import type { DataFolder } from "./data-folder.ts";
import { planDatabases } from "./databases.ts";
import { openServerFolder, type ServerProgram } from "./full/server-programs.ts";
import type { ProgramDefinition } from "./programs.ts";
import type { RotatingLog } from "./rotating-log.ts";
import { removeRunFile, writeRunFile } from "./run-files.ts";
import { runPostgres } from "./run-postgres.ts";
import { runProcess } from "./run-process.ts";
import type { Secrets } from "./secrets.ts";
import type { Program, Run } from "./supervised.ts";

/** The database, with its roles and schemas made before anybody may use it. */
export function postgresProgram(
  folder: DataFolder,
  port: number,
  secrets: Secrets,
  log: RotatingLog,
): Program {
  const options = {
    dataDir: join(folder.path, "postgres"),
    port,
    superuserPassword: secrets.postgres,
    logger: { info: (line: string) => log.write(Buffer.from(`${line}\n`)) },
  };
  return {
    name: "postgres",
    port,
    async launch() {
      const run = await runPostgres(options, async (admin, pid) => {
        writeRunFile(folder.runDir, "postgres", pid);
        await provisionPostgres(admin, { databases: planDatabases(secrets) });
      });
      return withoutRunFile(run, folder.runDir, "postgres");
    },
    // Its launch ends when it takes connections.
    isReady: async () => true,
  };
}

/** A server of full mode. */
export function serverProgram(
  definition: ServerProgram,
  folder: DataFolder,
  log: RotatingLog,
): Program & { after: readonly string[] } {
  const { name, port, after } = definition;
  let isReady = async (): Promise<boolean> => false;
  return {
    name,
    port,
    after,
    async launch() {
      const cwd = await openServerFolder(folder.path, name);
      const { program, args, environment = {}, ...command } = await definition.toCommand(cwd);
      isReady = command.isReady;
      const all = { PATH: process.env.PATH ?? "", HOME: cwd, ...environment };
      const run = await runProcess({ program, args, cwd, environment: all, write: log.write });
      writeRunFile(folder.runDir, name, run.pid);
      return withoutRunFile(run, folder.runDir, name);
    },
    isReady: () => isReady(),
  };
}

/** @param servers of full mode, which have to be up before programs that use them at their start */
export function nodeProgram(
  definition: ProgramDefinition,
  folder: DataFolder,
  log: RotatingLog,
  servers: readonly string[] = [],
): Program & { after: string[] } {
  const { name, port, args, cwd, environment, healthUrl } = definition;
  return {
    name,
    port,
    after: [...(definition.needsPostgres ? ["postgres"] : []), ...servers],
    async launch() {
      const run = await runProcess({ args, cwd, environment, write: log.write });
      writeRunFile(folder.runDir, name, run.pid);
      return withoutRunFile(run, folder.runDir, name);
    },
    isReady: () => answersHealth(healthUrl),
  };
}

function withoutRunFile(run: Run, runDir: string, name: string): Run {
  return { ...run, ended: run.ended.finally(() => removeRunFile(runDir, name)) };
}

async function answersHealth(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
