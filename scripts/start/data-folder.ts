import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@kontor/kit/errors";
import { makeFolder } from "@kontor/kit/make-folder";
import { claimFolder } from "@kontor/kit/process-lock";
import { stopOrphans } from "./run-files.ts";

/** Rises when what lies in a data folder is arranged anew. */
const format = 1;

/** How long a start waits for an earlier one that is just stopping. */
const stoppingDeadlineMs = 30_000;

export type DataFolder = AsyncDisposable & {
  /** Absolute. */
  readonly path: string;
  /** Pid files of what runs on this folder. */
  readonly runDir: string;
  readonly logDir: string;
  /** True when this is its first start. */
  readonly isNew: boolean;
  /** Lets a start that waits for us know that it is worth waiting. */
  markStopping(): Promise<void>;
};

/**
 * Opens the folder that holds everything of one system, for one starter at a time. What a killed starter left running
 * on it is stopped first.
 *
 * @param tell progress, for people
 * @throws AppError `start.already_running` with the pid, `start.data_folder` when the folder cannot be used
 */
export async function openDataFolder(path: string, tell: (line: string) => void): Promise<DataFolder> {
  const folder = resolve(path);
  const runDir = join(folder, "run");
  const logDir = join(folder, "logs");
  const isNew = await prepare(folder, [runDir, logDir]);
  const stopping = join(runDir, "stopping");
  const claim = await claimStarter(folder, stopping, tell);
  try {
    await rm(stopping, { force: true });
    const stopped = await stopOrphans(runDir);
    if (stopped.length > 0) tell(`Stopped what an earlier start left running: ${stopped.join(", ")}.`);
  } catch (error) {
    await claim.release();
    throw error;
  }
  return {
    path: folder,
    runDir,
    logDir,
    isNew,
    markStopping: () => writeFile(stopping, ""),
    async [Symbol.asyncDispose]() {
      await rm(stopping, { force: true });
      await claim.release();
    },
  };
}

/** @returns whether it was made now */
async function prepare(folder: string, inner: string[]): Promise<boolean> {
  try {
    const made = makeFolder(folder, 0o755);
    for (const path of inner) makeFolder(path);
    // As root the database runs under another account, which must be able to pass through.
    if (process.getuid?.() === 0 && ((await stat(folder)).mode & 0o001) === 0) await chmod(folder, 0o755);
    return (await checkFormat(folder)) || made;
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const hint =
      code === "ENOSPC" ? "Make room on the disk" : "Choose a folder that can be written with --data";
    throw new AppError(
      "unavailable",
      "start.data_folder",
      `The data folder ${folder} cannot be used: ${message}. ${hint}.`,
      {
        cause: error,
      },
    );
  }
}

/** @returns whether the folder had no format yet */
async function checkFormat(folder: string): Promise<boolean> {
  const path = join(folder, "format");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) {
    await writeFile(path, `${format}\n`);
    return true;
  }
  if (text.trim() === String(format)) return false;
  const message = `${folder} has format ${JSON.stringify(text.trim())}, this version of Kontor reads format ${format}. Use the version that wrote it, or choose another folder with --data.`;
  throw new AppError("conflict", "start.data_folder", message);
}

async function claimStarter(folder: string, stopping: string, tell: (line: string) => void) {
  const startedAt = performance.now();
  for (let isTold = false; ; ) {
    try {
      return await claimFolder(join(folder, "starter"), (pid) => {
        const message = `Kontor already runs on ${folder} (process ${pid}). Stop it with Ctrl-C or \`kill ${pid}\`, or start this one with --data <folder> and --port-offset <n>.`;
        return new AppError("conflict", "start.already_running", message, { details: { pid } });
      });
    } catch (error) {
      const waitedMs = performance.now() - startedAt;
      const isStopping = await stat(stopping).then(
        () => true,
        () => false,
      );
      // A starter whose terminal was just killed needs a moment to notice.
      if (waitedMs > (isStopping ? stoppingDeadlineMs : 1_000)) throw error;
      if (isStopping && !isTold) tell("Waiting for an earlier start to finish stopping.");
      isTold ||= isStopping;
    }
    await sleep(100);
  }
}
