import { spawn } from "node:child_process";
import type { Run } from "./supervised.ts";

export type ProcessCommand = {
  /** Absolute path; the Node that runs this when left out. */
  program?: string;
  args: readonly string[];
  cwd: string;
  environment: Readonly<Record<string, string>>;
  /** Takes standard output and standard error. */
  write(chunk: Uint8Array): void;
};

/**
 * Starts a program in a process group of its own: Ctrl-C in a terminal then reaches the starter alone, which stops the
 * programs in their order instead of all at once.
 *
 * @throws the error of the operating system when it cannot be started
 */
export async function runProcess(command: ProcessCommand): Promise<Run> {
  const child = spawn(command.program ?? process.execPath, command.args, {
    cwd: command.cwd,
    env: command.environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", command.write);
  child.stderr.on("data", command.write);
  // A program that starts others, as `--watch` does, may leave them: they hold its port and its output.
  child.once("exit", () => killGroup(child.pid));
  const ended = new Promise<string>((resolve) => {
    child.once("close", (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("a spawned process has a pid");
  return {
    pid,
    ended,
    kill: (signal) => void child.kill(signal),
    async stop(graceMs) {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The group has the id of its first process. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}
