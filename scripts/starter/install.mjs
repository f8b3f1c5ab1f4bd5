// Read by the starter under any Node >= 18, so plain JavaScript without dependencies.
import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isRunning, readProcessStart } from "./process-identity.mjs";

export const repository = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockedPackage */

/** What a person can do something about: said in one message, without a stack. */
export class StarterError extends Error {}

/**
 * @param {string} root of the repository
 * @returns {boolean} whether node_modules holds what package-lock.json names, with Node 24 among it
 */
export function isInstalled(root) {
  if (!existsSync(join(root, "node_modules/.bin/node"))) return false;
  const wanted = readLock(join(root, "package-lock.json"));
  // npm writes this one last: after an install that was cut off it is absent.
  const present = readLock(join(root, "node_modules/.package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (!path.includes("node_modules/") || link) return true;
    const found = present[path];
    return found === undefined ? optional === true : found.version === version;
  });
}

/**
 * Installs the dependencies when they are missing or not those of package-lock.json. Two starts at once install once.
 *
 * @param {string} root of the repository
 * @param {(line: string) => void} say progress, for people
 * @throws {StarterError} when nothing could be installed; the message says how to mend it
 */
export async function ensureInstalled(root, say) {
  if (isInstalled(root)) return;
  const state = join(root, ".kontor");
  mkdirSync(state, { recursive: true });
  const release = await takeLock(join(state, "install.lock"), say);
  try {
    if (!isInstalled(root)) await install(root, join(state, "install.log"), say);
  } finally {
    release();
  }
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage> | undefined}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} path
 * @param {(line: string) => void} say
 * @returns {Promise<() => void>} gives the lock back
 */
async function takeLock(path, say) {
  const mine = JSON.stringify({ pid: process.pid, startedAt: readProcessStart(process.pid) ?? "" });
  for (let told = false; ; ) {
    try {
      writeFileSync(path, mine, { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    }
    const holder = readHolder(path);
    if (holder !== undefined && !isRunning(holder)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told)
      say(
        `Another start is installing the dependencies (process ${holder?.pid ?? "unknown"}); waiting for it.`,
      );
    told = true;
    await sleep(250);
  }
}

/**
 * @param {string} path
 * @returns {{ pid: number, startedAt: string } | undefined} undefined while it is being written
 */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @param {string} logPath
 * @param {(line: string) => void} say
 */
async function install(root, logPath, say) {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).dependencies.node;
  say(`Installing the dependencies with Node ${wanted}. This happens once and takes a minute or two.`);
  const started = Date.now();
  const timer = setInterval(
    () => say(`... still installing (${Math.round((Date.now() - started) / 1000)} s)`),
    10_000,
  );
  const log = openSync(logPath, "w");
  // npm exec would take the Node of this very node_modules, which `npm ci` is about to remove: so it runs elsewhere.
  const elsewhere = mkdtempSync(join(tmpdir(), "kontor-install-"));
  try {
    const code = await run(installCommand(wanted), root, elsewhere, log);
    if (code !== 0 || !isInstalled(root))
      throw new StarterError(explainFailure(readFileSync(logPath, "utf8"), logPath));
  } finally {
    clearInterval(timer);
    closeSync(log);
    rmSync(elsewhere, { recursive: true, force: true });
  }
  say(`Dependencies installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/**
 * @param {string} wanted exact version of Node
 * @returns {string[]} program and arguments
 */
function installCommand(wanted) {
  const npm = findNpm();
  const flags = "--no-audit --no-fund --no-update-notifier --loglevel=http";
  const script = `cd "$KONTOR_ROOT" && ${npm.endsWith(".js") ? 'node "$KONTOR_NPM"' : '"$KONTOR_NPM"'} ci ${flags}`;
  const start = npm.endsWith(".js") ? [process.execPath, npm] : [npm];
  return [...start, "exec", "--yes", `--package=node@${wanted}`, "-c", script];
}

/**
 * @param {string[]} command
 * @param {string} root
 * @param {string} cwd
 * @param {number} log file descriptor
 * @returns {Promise<number>}
 */
function run(command, root, cwd, log) {
  const [program = "", ...args] = command;
  const env = {
    // npm would wait a minute before it tries a third time, and people without a network with it.
    npm_config_fetch_retry_mintimeout: "2000",
    npm_config_fetch_retry_maxtimeout: "8000",
    ...process.env,
    KONTOR_ROOT: root,
    KONTOR_NPM: findNpm(),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", log, log] });
    const stop = () => child.kill("SIGTERM");
    process.once("SIGINT", stop).once("SIGTERM", stop);
    child.once("error", (error) => reject(new StarterError(`npm could not be started: ${error.message}`)));
    child.once("close", (code, signal) => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      if (signal !== null) reject(new StarterError(`The installation was stopped by ${signal}.`));
      else resolve(code ?? 1);
    });
  });
}

/** @returns {string} npm-cli.js where it can be found, else the npm program */
function findNpm() {
  const given = process.env.npm_execpath;
  if (given !== undefined && basename(given) === "npm-cli.js" && existsSync(given)) return given;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const program = join(folder, "npm");
    if (folder === "" || !existsSync(program)) continue;
    const real = realpathSync(program);
    return basename(real) === "npm-cli.js" ? real : program;
  }
  const beside = join(dirname(process.execPath), "..", "lib/node_modules/npm/bin/npm-cli.js");
  if (existsSync(beside)) return beside;
  throw new StarterError(
    "npm was not found on PATH; it is needed to install the dependencies. Install Node with npm.",
  );
}

/**
 * @param {string} log what npm printed
 * @param {string} logPath
 * @returns {string}
 */
function explainFailure(log, logPath) {
  const reason =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ENOSPC|EACCES)\b/.exec(
      log,
    )?.[1];
  const last = log
    .split("\n")
    .filter((line) => /^npm error (?!\s*at )/.test(line))
    .slice(0, 6)
    .join("\n");
  const hint =
    reason === "ENOSPC"
      ? "The disk is full: make room and start again."
      : reason === "EACCES"
        ? "A file could not be written: check who owns the folder of the repository and npm's cache."
        : reason === undefined
          ? "Start again once the cause below is mended."
          : `The package registry could not be reached (${reason}). The first start needs the network; check it, or npm's proxy and registry settings, and start again.`;
  return `The dependencies could not be installed. ${hint}\n${last}\nAll that npm printed: ${logPath}`;
}
