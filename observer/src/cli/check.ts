import { readFile } from "node:fs/promises";
import { Command } from "commander";
import type { Configuration } from "../config/configuration.ts";
import { formatProblem } from "../config/problem.ts";
import { readConfiguration } from "../config/read-configuration.ts";
import { type DeadThreshold, findDeadThresholds } from "../rules/find-dead-thresholds.ts";
import type { CommandIo } from "./command-io.ts";
import { readObserved } from "./observed-by.ts";
import {
  addObserverOptions,
  type ObserverAddress,
  ObserverError,
  type ObserverOptions,
  readObserverAddress,
} from "./observer-client.ts";

interface CheckOptions extends ObserverOptions {
  readonly json?: true;
  readonly strict?: true;
}

const observerTimeoutMs = 2000;

/**
 * `kontor check [file]`: every mistake of a configuration with its place, and what in it matches nothing that a running observer saw.
 *
 * Exit codes: 0 in order, 1 problems (under `--strict` dead thresholds too), 2 the file cannot be read, 3 `--strict` without an observer
 * (2 where it refused the token).
 */
export function createCheckCommand(io: CommandIo): Command {
  const command = new Command("check")
    .description(
      "check a configuration: every mistake with path, line and suggestion; dead thresholds when an observer is running",
    )
    .argument("[file]", "the configuration", io.environment.OBSERVER_CONFIG ?? "observer_config.json")
    .option("--json", "answer as JSON")
    .option("--strict", "a dead threshold is a problem, and an observer must be running")
    .action((file: string, options: CheckOptions) => check(io, file, options));
  return addObserverOptions(command, io);
}

async function check(io: CommandIo, file: string, options: CheckOptions): Promise<void> {
  const observer = await readObserverAddress(io, options);
  const text = await readFile(file, "utf8").catch((error: Error) => error);
  if (text instanceof Error) {
    const error = `cannot read ${file}: ${text.message}`;
    if (options.json === true) answer(io, options, { file, ok: false, error }, error);
    else io.writeError(`${error}\n`);
    return io.setExitCode(2);
  }
  const reading = readConfiguration(text, { environment: io.environment });
  if (!reading.ok) {
    const people = reading.problems.map((problem) => formatProblem(file, problem)).join("\n\n");
    answer(io, options, { file, ok: false, problems: reading.problems, deadThresholds: null }, people);
    return io.setExitCode(1);
  }
  const dead = await findDead(reading.configuration, observer);
  const unknown = dead instanceof ObserverError;
  const lines = unknown
    ? [`dead thresholds were not looked for: ${dead.message}`]
    : dead.map((threshold) => formatDead(file, threshold));
  const ok = !(options.strict === true && (unknown || dead.length > 0));
  const deadThresholds = unknown ? null : dead;
  const verdict = ok ? "in order" : unknown ? "in order as far as it could be checked" : "not in order";
  const summary = `${file}: ${verdict} (configuration ${reading.configuration.hash})`;
  answer(
    io,
    options,
    {
      ...{ file, ok, problems: [], hash: reading.configuration.hash, deadThresholds },
      // Why they are not known.
      ...(unknown ? { observer: dead.message } : {}),
    },
    [...lines, summary].join("\n"),
  );
  if (!ok) io.setExitCode(!unknown ? 1 : dead.reason === "refused" ? 2 : 3);
}

async function findDead(
  configuration: Configuration,
  observer: ObserverAddress,
): Promise<DeadThreshold[] | ObserverError> {
  try {
    return findDeadThresholds(configuration, await readObserved(configuration, observer, observerTimeoutMs));
  } catch (error) {
    if (error instanceof ObserverError) return error;
    throw error;
  }
}

function formatDead(file: string, { line, column, path, message, suggestion }: DeadThreshold): string {
  const hint = suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
  return `${file}:${line}:${column} ${path}: dead threshold: ${message}${hint}`;
}

function answer(io: CommandIo, options: CheckOptions, json: object, people: string): void {
  io.write(`${options.json === true ? JSON.stringify(json, null, 2) : people}\n`);
}
