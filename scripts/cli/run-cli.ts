import { AppError } from "@kontor/kit/errors";
import type { CommandIo, ExitCode } from "@kontor/observer/cli/command-io";
import type { ExplainIo } from "@kontor/observer/cli/explain";
import { ObserverError, reportObserverError } from "@kontor/observer/cli/observer-client";
import { type Command, CommanderError } from "commander";

/**
 * Runs the command that the arguments name on this process, and sets the exit code: what the command says; 2 for bad
 * input, 3 for what could not be done.
 *
 * @param argv as in `process.argv`
 */
export async function runCli(create: (io: ExplainIo) => Command, argv: readonly string[]): Promise<void> {
  const { stdout } = process;
  const io: ExplainIo = {
    environment: process.env,
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    setExitCode: (code) => {
      process.exitCode = code;
    },
    ...(stdout.isTTY ? { terminal: { columns: stdout.columns, colours: stdout.hasColors() } } : {}),
  };
  // A reader that went away, such as `head`, is no failure.
  process.stdout.on("error", () => {});
  const program = create(io);
  throwInsteadOfExit(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof ObserverError) reportObserverError(io, error);
    else io.setExitCode(report(error, io));
  }
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride().showHelpAfterError("(--help shows what is possible)");
  for (const child of command.commands) throwInsteadOfExit(child);
}

function report(error: unknown, io: CommandIo): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof AppError)) {
    // A bug: its stack is what helps.
    io.writeError(`${error instanceof Error ? error.stack : String(error)}\n`);
    return 3;
  }
  io.writeError(`${error.message}\n(${error.code})\n`);
  return error.kind === "invalid" ? 2 : 3;
}
