import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePorts, openServerPlace } from "./server-place.ts";

/** How a server is run. Both the tests and full mode start from it. */
export type ServerCommand = {
  /** Absolute path. */
  program: string;
  args: readonly string[];
  /** The whole environment besides PATH and HOME. */
  environment?: Record<string, string>;
  /** Whether it does its work; asked until it says yes. May finish setting it up. */
  isReady(): Promise<boolean>;
  /** Default 60 s. */
  readyWithinMs?: number;
};

/** A real server of others, running. Disposing ends it and removes what it stored. */
export type RunningServer = AsyncDisposable & {
  /** Of the present run. */
  readonly pid: number;
  /** Where its data lie. */
  readonly folder: string;
  readonly ports: readonly number[];
  /** The last 100,000 characters it wrote. */
  output(): string;
  /** Sends a signal to it and all its children: SIGSTOP makes it hang, SIGCONT go on. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it, at once unless told otherwise, and keeps its data and ports. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same data and ports, after a stop or a crash, and waits until it is ready. */
  restart(): Promise<void>;
};

export type Prepare = (place: { folder: string; ports: readonly number[] }) => Promise<ServerCommand>;

const defaultReadyMs = 60_000;
const outputMax = 100_000;

/**
 * Starts a server on free ports of 127.0.0.1 with a temporary folder of its own, and waits until it is ready.
 *
 * @param name for messages
 * @param portCount how many ports it needs; a start that loses one of them to a neighbour is tried again
 * @throws Error with the end of its output when it does not become ready in time
 */
export async function startServer(name: string, portCount: number, prepare: Prepare): Promise<RunningServer> {
  const place = await openServerPlace();
  for (let attempt = 1; ; attempt += 1) {
    const ports = await findFreePorts(portCount);
    const runner = createRunner(
      name,
      place.folder,
      await prepare({ folder: place.folder, ports }),
      place.note,
    );
    try {
      await runner.run();
      return toServer(runner, { folder: place.folder, ports }, async () => place[Symbol.asyncDispose]());
    } catch (error) {
      await runner.end("SIGKILL");
      if (attempt < 3 && /address already in use|eaddrinuse/i.test(runner.output())) continue;
      await place[Symbol.asyncDispose]();
      throw error;
    }
  }
}

function toServer(
  runner: Runner,
  where: { folder: string; ports: readonly number[] },
  remove: () => Promise<void>,
): RunningServer {
  return {
    ...where,
    get pid() {
      return runner.pid();
    },
    output: runner.output,
    signal: runner.signal,
    stop: (signal = "SIGKILL") => runner.end(signal),
    restart: async () => {
      await runner.end("SIGKILL");
      await runner.run();
    },
    async [Symbol.asyncDispose]() {
      await runner.end("SIGKILL");
      await remove();
    },
  };
}

type Runner = ReturnType<typeof createRunner>;

function createRunner(
  name: string,
  folder: string,
  command: ServerCommand,
  note: (pid: number) => Promise<void>,
) {
  let child: ChildProcess | undefined;
  let closed: Promise<unknown> = Promise.resolve();
  let output = "";
  const isRunning = (): boolean =>
    child !== undefined && child.exitCode === null && child.signalCode === null;
  const signal = (which: NodeJS.Signals): void => {
    if (child?.pid !== undefined) killGroup(child.pid, which);
  };
  // A process that ends with the test's, other than by kill -9, leaves no server behind.
  const onExit = (): void => signal("SIGKILL");
  return {
    pid: () => child?.pid ?? 0,
    output: () => output,
    signal,
    async run(): Promise<void> {
      child = spawn(command.program, command.args, {
        cwd: folder,
        env: { PATH: process.env.PATH ?? "", HOME: folder, ...command.environment },
        // A group of its own: a script that starts the server, as RabbitMQ's, is ended together with it.
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const add = (chunk: Buffer): void => {
        output = (output + chunk.toString()).slice(-outputMax);
      };
      child.stdout?.on("data", add);
      child.stderr?.on("data", add);
      closed = once(child, "close").catch(() => {});
      process.once("exit", onExit);
      await once(child, "spawn");
      await note(child.pid ?? 0);
      await awaitReady(name, command, isRunning, () => output);
    },
    async end(which: NodeJS.Signals): Promise<void> {
      signal(which);
      // One that was stopped by SIGSTOP hears nothing else than SIGKILL until it goes on.
      if (which !== "SIGKILL") signal("SIGCONT");
      await closed;
      process.off("exit", onExit);
      if (child?.pid !== undefined) killGroup(child.pid, "SIGKILL");
      child = undefined;
    },
  };
}

async function awaitReady(
  name: string,
  command: ServerCommand,
  isRunning: () => boolean,
  output: () => string,
): Promise<void> {
  const { readyWithinMs = defaultReadyMs } = command;
  const deadline = performance.now() + readyWithinMs;
  while (isRunning() && performance.now() < deadline) {
    if (await command.isReady()) return;
    await sleep(50);
  }
  const what = isRunning() ? `is not ready after ${readyWithinMs / 1_000} s` : "ended at its start";
  throw new Error(`${name} ${what}. The end of its output:\n${output().slice(-3_000)}`);
}

/** The group has the id of its first process. */
function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

/** Whether a GET is answered with 2xx within 2 s. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
