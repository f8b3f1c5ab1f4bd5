import { spawn } from "node:child_process";

export type CommandOptions = {
  cwd?: string;
  /** Besides our own environment. */
  environment?: Readonly<Record<string, string>>;
  /** Written to its standard input. */
  input?: string;
  /** It is ended after so long; 20 minutes when left out. */
  timeoutMs?: number;
  /** Hears every piece of its output. */
  onOutput?(text: string): void;
};

export type CommandResult = { code: number; stdout: string; stderr: string };

/** A command that ended with another code than 0. */
export class CommandError extends Error {
  readonly result: CommandResult;

  constructor(command: readonly string[], result: CommandResult) {
    const said = `${result.stdout}\n${result.stderr}`.trim().slice(-4_000);
    super(`${command.join(" ")} ended with exit code ${result.code}:\n${said}`);
    this.result = result;
  }
}

/**
 * Runs a program to its end.
 *
 * @returns its standard output
 * @throws CommandError with the end of what it printed
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await tryCommand(program, args, options);
  if (result.code !== 0) throw new CommandError([program, ...args], result);
  return result.stdout;
}

/** As {@link runCommand}, for commands that may fail. A program that does not exist has the exit code 127. */
export function tryCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.environment },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 1_200_000,
    });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk: Buffer) => {
        said[stream] += chunk.toString();
        options.onOutput?.(chunk.toString());
      });
    }
    child.once("error", (error) => resolve({ code: 127, stdout: said.stdout, stderr: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, ...said }));
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}
