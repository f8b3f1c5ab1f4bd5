import { AppError } from "@kontor/kit/errors";
import { listenForStop, StoppedError } from "@kontor/kit/stop-request";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { InvalidArgumentError, Option } from "commander";
import { openTemporaryFolder } from "../start/temporary-folder.ts";

/** What a soak run is given. */
export type SoakRun = {
  /** Aborted when somebody does not want to wait for the end. */
  signal: AbortSignal;
  /** Aborted when that somebody asks again. */
  hurry: AbortSignal;
  /** A folder of its own, open to other accounts, removed afterwards. */
  folder: string;
  say(line: string): void;
};

export type SoakOutcome = {
  /** Whether everything held. */
  held: boolean;
  /** The result for machines. */
  json: object;
  /** The result for people. */
  text: string;
};

/** `--<name> <number>` between two bounds. */
export function numberOption(
  name: string,
  description: string,
  range: { standard: number; min: number; max: number; whole?: boolean },
): Option {
  return new Option(`--${name} <number>`, description).default(range.standard).argParser((text) => {
    const value = Number(text);
    if (value >= range.min && value <= range.max && (!range.whole || Number.isInteger(value))) return value;
    const kind = range.whole ? "a whole number" : "a number";
    throw new InvalidArgumentError(`It takes ${kind} from ${range.min} to ${range.max}.`);
  });
}

/**
 * Runs a soak until its end, or until somebody stops it, and prints what came out: exit code 0 when all held, 1 when
 * something did not, 3 when it was stopped.
 *
 * @throws AppError `soak.failed` when it could not be run
 */
export async function runSoak(
  io: CommandIo,
  options: { json?: boolean },
  run: (soak: SoakRun) => Promise<SoakOutcome>,
): Promise<void> {
  const hurry = new AbortController();
  using stop = listenForStop(() => hurry.abort());
  try {
    await using folder = await openTemporaryFolder("soak");
    const { held, json, text } = await run({
      ...{ signal: stop.signal, hurry: hurry.signal, folder: folder.path },
      say: (line) => io.writeError(`${line}\n`),
    });
    io.write(`${options.json ? JSON.stringify(json, null, 2) : text}\n`);
    io.setExitCode(stop.signal.aborted ? 3 : held ? 0 : 1);
  } catch (error) {
    // What broke because everything was being stopped is no failure of its own.
    if (!stop.signal.aborted) throw toFailure(error);
    io.writeError(`${new StoppedError().message}\n`);
    io.setExitCode(3);
  }
}

function toFailure(error: unknown): Error {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AppError("unavailable", "soak.failed", message, { cause: error });
}
