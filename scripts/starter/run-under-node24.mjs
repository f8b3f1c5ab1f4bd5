// Read by the starter under any Node >= 18, so plain JavaScript without dependencies.
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { ensureInstalled, repository, StarterError } from "./install.mjs";
import { readParent } from "./process-identity.mjs";

/** Signals that mean the same to the program as to its starter. */
const forwarded = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"]);

/** Where it means starting `ps`, less often. */
const launcherPollMs = process.platform === "linux" ? 250 : 2_000;

/**
 * Installs what is missing, then runs a TypeScript file under the repository's own Node 24. Sets the exit code to that
 * of the program, or to 3 when it could not be started.
 *
 * @param {string} script path from the root of the repository
 * @param {string[]} args
 */
export async function runUnderNode24(script, args) {
  try {
    await ensureInstalled(repository, (line) => process.stderr.write(`${line}\n`));
    process.exitCode = await run(join(repository, script), args);
  } catch (error) {
    if (!(error instanceof StarterError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 3;
  }
}

/**
 * @param {string} script
 * @param {string[]} args
 * @returns {Promise<number>} exit code; 128 + n after signal n, as a shell has it
 */
function run(script, args) {
  const bin = join(repository, "node_modules/.bin");
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
  return new Promise((resolve, reject) => {
    // The channel closes with this process, even by kill -9: that is how the program learns that its starter is gone.
    const child = spawn(join(bin, "node"), [script, ...args], {
      env,
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    });
    for (const signal of forwarded) process.on(signal, () => child.kill(signal));
    const watch = watchLauncher(() => child.kill("SIGTERM"));
    child.once("error", (error) =>
      reject(new StarterError(`Node 24 could not be started: ${error.message}`)),
    );
    child.once("close", (code, signal) => {
      clearInterval(watch);
      if (child.connected) child.disconnect();
      resolve(signal === null ? (code ?? 1) : 128 + signalNumber(signal));
    });
  });
}

/**
 * npm forwards signals but not its own death by kill -9; then nobody could stop what runs here. It may have put a shell
 * between itself and us. A person's shell that ends before the program it started is no such case: only npm is watched.
 *
 * @param {() => void} onGone
 */
function watchLauncher(onGone) {
  if (process.env.npm_command === undefined) return undefined;
  const parent = process.ppid;
  const behind = readParent(parent);
  const isShell = behind !== undefined && /^-?(sh|dash|bash|zsh|ksh|busybox)$/.test(behind.name);
  const isGone = () => process.ppid !== parent || (isShell && readParent(parent)?.parent !== behind.parent);
  const timer = setInterval(() => {
    if (!isGone()) return;
    clearInterval(timer);
    onGone();
  }, launcherPollMs);
  return timer;
}

/** @param {NodeJS.Signals} signal */
function signalNumber(signal) {
  return (
    { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 }[
      /** @type {string} */ (signal)
    ] ?? 0
  );
}
