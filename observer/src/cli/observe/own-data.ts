import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "@kontor/kit/errors";
import { makeFolder } from "@kontor/kit/make-folder";
import { claimFolder } from "@kontor/kit/process-lock";

/** Where an observer of its own keeps everything. */
export interface OwnData extends AsyncDisposable {
  /** Absolute. */
  readonly folder: string;
  readonly databaseDir: string;
  readonly observerDir: string;
  readonly logFile: string;
  readonly databasePassword: string;
}

const passwordPattern = /^[0-9a-f]{48}$/;

/**
 * Opens the data folder for one observer at a time, and makes it where it is missing.
 *
 * @throws AppError `observe.already_running` with the process, `observe.data_folder` when it cannot be used
 */
export async function openOwnData(path: string): Promise<OwnData> {
  const folder = resolve(path);
  const observerDir = join(folder, "observer");
  try {
    makeFolder(folder);
    const claim = await claimFolder(observerDir, (pid) => alreadyRunning(folder, pid));
    try {
      return {
        folder,
        observerDir,
        databaseDir: join(folder, "postgres"),
        logFile: join(folder, "observer.log"),
        databasePassword: await readOrMakePassword(join(folder, "postgres.password")),
        [Symbol.asyncDispose]: () => claim.release(),
      };
    } catch (error) {
      await claim.release();
      throw error;
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unusable(
      `${folder} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

/** Made with the folder, readable by its owner only: what lies in the database is reached through this observer alone. */
async function readOrMakePassword(path: string): Promise<string> {
  const known = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (known !== undefined) {
    if (passwordPattern.test(known.trim())) return known.trim();
    throw unusable(`${path} is not what the observer wrote; the database cannot be opened without it`);
  }
  const password = randomBytes(24).toString("hex");
  await writeFile(`${path}.new`, `${password}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return password;
}

function alreadyRunning(folder: string, pid: number): AppError {
  const message = `An observer already runs on ${folder} (process ${pid}). Stop it, or give this one a folder of its own with --data.`;
  return new AppError("conflict", "observe.already_running", message, { details: { pid } });
}

function unusable(what: string, cause?: unknown): AppError {
  const hint = "Restore it, or choose another folder with --data.";
  return new AppError("unavailable", "observe.data_folder", `The data folder: ${what}. ${hint}`, { cause });
}
