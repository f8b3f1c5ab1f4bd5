import { AppError } from "@kontor/kit/errors";
import { type Command, CommanderError } from "commander";

/** 0 done or answered, 1 the verdict is negative (a command says so itself), 2 bad input, 3 could not be done. */
export const exitCodes = { done: 0, negative: 1, badInput: 2, failed: 3 } as const;

/**
 * Runs the command that the arguments name and sets the exit code.
 *
 * @param argv as in `process.argv`
 */
export async function runCli(program: Command, argv: readonly string[]): Promise<void> {
  throwInsteadOfExit(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride().showHelpAfterError("(--help shows what is possible)");
  for (const child of command.commands) throwInsteadOfExit(child);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badInput;
  if (!(error instanceof AppError)) {
    // A bug: its stack is what helps.
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return exitCodes.failed;
  }
  process.stderr.write(`${error.message}\n(${error.code})\n`);
  return error.kind === "invalid" ? exitCodes.badInput : exitCodes.failed;
}
