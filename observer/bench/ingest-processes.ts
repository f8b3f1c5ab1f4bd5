import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { observerFlags, observerMemory, toCompileCache } from "../src/cli/observer-process.ts";
import type { GeneratorOrder, GeneratorReport } from "./span-generator.ts";
import { within } from "./within.ts";

const startMs = 30_000;
const stopMs = 30_000;
/** Requests that are under way when the time of a load is over are answered or given up by then. */
const answerMs = 60_000;

export interface Generator extends AsyncDisposable {
  /** @throws Error when the generator ends or hangs */
  run(order: GeneratorOrder): Promise<GeneratorReport>;
}

/** @throws Error when it does not start */
export async function startGenerator(
  script: URL = new URL("./span-generator.ts", import.meta.url),
): Promise<Generator> {
  const child = fork(fileURLToPath(script));
  const answer = (ms: number): Promise<unknown> => {
    const waiting = new AbortController();
    const { signal } = waiting;
    const message = once(child, "message", { signal }).then(([value]: unknown[]) => value);
    const end = once(child, "exit", { signal }).then(([code, name]: unknown[]) => {
      throw new Error(`the generator ended with ${code ?? name}`);
    });
    return within(ms, "the generator's answer", Promise.race([message, end])).finally(() => {
      waiting.abort();
      void Promise.allSettled([message, end]);
    });
  };
  const stop = () => endProcess(child);
  try {
    await answer(startMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async run(order) {
      const report = answer(order.seconds * 1000 + answerMs);
      child.send(order);
      return (await report) as GeneratorReport;
    },
    [Symbol.asyncDispose]: stop,
  };
}

export interface BenchObserver extends AsyncDisposable {
  readonly pid: number;
  /** For traces over OTLP. */
  readonly url: string;
  kill(): void;
}

/**
 * The observer with the flags the starter gives it, without PostgreSQL, which it does not need for taking and judging telemetry.
 *
 * @param main another program in its place, for tests of this one
 * @throws Error when it ends, or does not say where it listens
 */
export async function startObserver(
  directory: string,
  main: URL = new URL("../src/main.ts", import.meta.url),
  urlMs: number = startMs,
): Promise<BenchObserver> {
  const child = spawn(process.execPath, [...observerFlags, fileURLToPath(main)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: process.env.PATH,
      ...observerMemory,
      ...toCompileCache(fileURLToPath(new URL("../..", import.meta.url))),
      ...{ PORT: "0", OTLP_PORT: "0", HOST: "127.0.0.1", LOG_LEVEL: "info", SERVICE_VERSION: "bench" },
      ...{ POSTGRES_PORT: "1", POSTGRES_DATABASE: "none", POSTGRES_USER: "none", POSTGRES_PASSWORD: "none" },
      ...{ OBSERVER_CONFIG: join(directory, "observer_config.json"), OBSERVER_DATA: join(directory, "data") },
    },
  });
  const said = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`the observer ended with ${code ?? signal}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const address = /"otlpUrl":"([^"]+)"/.exec(line)?.[1];
      if (address !== undefined) resolve(`${address}/v1/traces`);
    });
  });
  try {
    const url = await within(urlMs, "the address on which the observer listens", said);
    return {
      pid: child.pid ?? 0,
      url,
      kill: () => void child.kill("SIGKILL"),
      [Symbol.asyncDispose]: () => endProcess(child),
    };
  } catch (error) {
    await endProcess(child);
    throw error;
  }
}

/** Asks it to end, and ends it when it does not. */
async function endProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  await ended;
  clearTimeout(timer);
}
