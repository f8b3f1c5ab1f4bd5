import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface SmallDisk extends AsyncDisposable {
  /** The data folder as the observer names it. */
  readonly folder: string;
  /** The same folder as everybody else reaches it. */
  readonly outsideFolder: string;
  readonly otlpUrl: string;
  readonly url: string;
  readonly isRunning: () => boolean;
}

const startMs = 30_000;
const mend =
  "A small disk is mounted for this test in a namespace of its own, which needs Linux and, since Ubuntu 24.04, sysctl kernel.apparmor_restrict_unprivileged_userns=0. It said:";

/**
 * The real observer, without a database, with all its data on a disk of its own that is really small: a tmpfs in a mount namespace
 * that only this process is in.
 *
 * @throws Error where the system does not let this account mount anything
 */
export async function startOnSmallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), "kontor-small-disk-"));
  const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
  const script =
    'mount -t tmpfs -o size="$0" tmpfs "$1" && mkdir "$1/data" && echo "{}" > "$1/observer_config.json" && exec "$2" "$3"';
  const child = spawn(
    "unshare",
    ["--map-root-user", "--mount", "sh", "-c", script, `${megabytes}m`, folder, process.execPath, main],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH,
        ...{ PORT: "0", OTLP_PORT: "0", LOG_LEVEL: "info", OBSERVER_DATA: join(folder, "data") },
        ...{ POSTGRES_PORT: "1", POSTGRES_DATABASE: "none", POSTGRES_USER: "none" },
        ...{ POSTGRES_PASSWORD: "none", OBSERVER_CONFIG: join(folder, "observer_config.json") },
      },
    },
  );
  let output = "";
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const ended = once(child, "close").catch(() => undefined);
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const listening = new Promise<RegExpExecArray>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}. ${mend}\n${output}`));
    const timer = setTimeout(() => fail("the observer did not start"), startMs);
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /"url":"([^"]+)","otlpUrl":"([^"]+)"/.exec(output);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", (error) => fail(error.message));
    child.once("close", (code) => fail(`unshare or the observer ended with ${code}`));
  });
  try {
    const [, url = "", otlpUrl = ""] = await listening;
    const outsideFolder = join(`/proc/${child.pid}/root`, folder, "data");
    return {
      ...{ folder: join(folder, "data"), outsideFolder, url, otlpUrl, isRunning },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
