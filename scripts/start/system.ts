import { join, resolve } from "node:path";
import { AppError } from "@kontor/kit/errors";
import { Resources } from "@kontor/kit/resources";
import type { FullModeServer } from "@kontor/kit/testing/servers/server-versions";
import { repository } from "../starter/install.mjs";
import { checkConfiguration } from "./check-configuration.ts";
import { openDataFolder } from "./data-folder.ts";
import type { FullPorts } from "./full/server-ports.ts";
import { readLastWords } from "./last-words.ts";
import { planSystem } from "./plan-programs.ts";
import type { Ports } from "./ports.ts";
import type { ProgramName } from "./programs.ts";
import { readVersion } from "./read-version.ts";
import { defaultRestartPolicy, type RestartPolicy } from "./restart-policy.ts";
import { openRotatingLog, type RotatingLog } from "./rotating-log.ts";
import { readOrMakeSecrets } from "./secrets.ts";
import type { ProcessStatus } from "./supervised.ts";
import { openSupervisor, type Supervisor } from "./supervisor.ts";
import { writeSystemFile } from "./system-file.ts";
import type { SystemUrls } from "./urls.ts";

export type OpenSystemOptions = {
  /** Made when it does not exist; one system at a time. */
  dataDir: string;
  /** `free` takes ports nobody uses; a number moves the usual ones by it. */
  ports?: "free" | number;
  /** Read for ports and handed on to the programs. */
  environment: Record<string, string | undefined>;
  /** Full mode, with these servers; embedded mode when left out. */
  servers?: readonly FullModeServer[];
  /** The observer's configuration; the repository's own when left out. */
  observerConfig?: string;
  /** Programs to start again when a file of theirs changes. */
  watch?: readonly ProgramName[];
  policy?: RestartPolicy;
  /** How long everything may take to be up; default 90 s. */
  startDeadlineMs?: number;
  onChange?(status: ProcessStatus): void;
  tell?(line: string): void;
  /** Gives the start up; what runs by then is stopped. */
  signal?: AbortSignal;
  /** From then on nothing is given time to stop, whether it is starting, running or stopping. */
  hurry?: AbortSignal;
};

/** The whole of Kontor in embedded mode, running. Disposing stops it in order. */
export type System = AsyncDisposable &
  Omit<Supervisor, typeof Symbol.asyncDispose> & {
    readonly dataDir: string;
    readonly urls: SystemUrls;
    /** Those of the servers of full mode only there. */
    readonly ports: Ports & Partial<FullPorts>;
    /** True when the data folder was made by this start. */
    readonly isNew: boolean;
    /** From the call to the last `/health` that passed. */
    readonly startupMs: number;
  };

const graceMs = 12_000;

/**
 * Starts PostgreSQL and all programs, waits until each `/health` answers, and keeps them running.
 *
 * @throws AppError `start.*` and `postgres.*`: configuration, ports, data folder, a program that does not come up; nothing runs then
 */
export async function openSystem(options: OpenSystemOptions): Promise<System> {
  const startedAt = performance.now();
  const plan = await planSystem(options);
  const observerConfig = resolve(options.observerConfig ?? join(repository, "observer_config.json"));
  await checkConfiguration(observerConfig, options.environment);
  const resources = new Resources();
  try {
    const folder = resources.use(await openDataFolder(options.dataDir, options.tell ?? (() => {})));
    // After the orphans of a killed starter are gone, or they would be taken for strangers on our ports.
    await plan.refuseTaken();
    const secrets = await readOrMakeSecrets(folder.path);
    const watched = new Set<ProgramName>(options.watch);
    const openLog = (name: string): RotatingLog =>
      resources.use(openRotatingLog(join(folder.logDir, `${name}.log`)));
    const settings = {
      repository,
      dataDir: folder.path,
      secrets,
      version: await readVersion(repository),
      observerConfig,
      isWatched: (name: ProgramName) => watched.has(name),
      environment: withoutNpm(options.environment),
    };
    const supervisor = resources.use(
      openSupervisor({
        ...plan.toPrograms(settings, folder, openLog),
        policy: options.policy ?? defaultRestartPolicy,
        graceMs,
        onChange: options.onChange ?? (() => {}),
      }),
    );
    options.hurry?.addEventListener("abort", supervisor.hurry, { once: true });
    const up = supervisor.awaitUp(options.startDeadlineMs ?? 90_000);
    await Promise.race([up, rejectOnAbort(options.signal)]).catch((error) =>
      addLastWords(error, folder.logDir),
    );
    const { ports, urls } = plan;
    await writeSystemFile(folder.path, urls);
    return {
      statuses: supervisor.statuses,
      kill: supervisor.kill,
      awaitUp: supervisor.awaitUp,
      hurry: supervisor.hurry,
      dataDir: folder.path,
      isNew: folder.isNew,
      ports,
      urls,
      startupMs: performance.now() - startedAt,
      async [Symbol.asyncDispose]() {
        await folder.markStopping();
        await resources[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

function rejectOnAbort(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) =>
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}

async function addLastWords(error: unknown, logDir: string): Promise<never> {
  const name = error instanceof AppError ? error.details?.name : undefined;
  if (!(error instanceof AppError) || typeof name !== "string") throw error;
  const path = join(logDir, `${name}.log`);
  const words = await readLastWords(path);
  throw new AppError(error.kind, error.code, `${error.message}\n${words}\nIts log: ${path}`, {
    cause: error,
  });
}

/** The variables that npm sets for its scripts concern npm, and are many. */
function withoutNpm(environment: Record<string, string | undefined>): Record<string, string> {
  const kept = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && !name.startsWith("npm_"),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}
