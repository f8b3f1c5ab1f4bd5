import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@kontor/kit/errors";
import { listenForStop, StoppedError } from "@kontor/kit/stop-request";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { SetupError } from "@kontor/perf/load/flow";
import { type LoadOptions as RunLoadOptions, runLoad } from "@kontor/perf/load/run-load";
import { readScenario, type Scenario } from "@kontor/perf/load/scenario";
import { toSaturationTable } from "@kontor/perf/load/to-saturation-table";
import { toTable } from "@kontor/perf/load/to-table";
import { Command } from "commander";
import { dataOption } from "../cli/data-option.ts";
import { readSystemUrls } from "../start/system-file.ts";
import { repository } from "../starter/install.mjs";
import { readP95Limit } from "./read-p95-limit.ts";
import { searchSaturation } from "./search-saturation.ts";

type LoadOptions = {
  data: string;
  scenario: string;
  url?: string;
  rate?: number;
  seconds?: number;
  findSaturation?: boolean;
  p95Ms?: number;
  json?: boolean;
};

export const workingDay = join(repository, "perf/scenarios/working-day.json");

/** `load`: people at work on the running ERP, in open loop. */
export function createLoadCommand(io: CommandIo): Command {
  return new Command("load")
    .description("put realistic load on the running system: log in, browse, search, order, confirm, cancel")
    .option("--scenario <file>", "what people do", workingDay)
    .option("--rate <n>", "flows begun each second; the scenario's own when left out", Number)
    .option(
      "--seconds <n>",
      "how long; the scenario's own when left out, 6 for each step of a search",
      Number,
    )
    .option(
      "--find-saturation",
      "find the highest rate that is kept up with, in closed loop: connections are doubled until the p95 is above its limit",
    )
    .option("--p95-ms <n>", "that limit; latencyP95MsMax of observer_config.json when left out", Number)
    .option("--url <url>", "where to; the gateway of the running system when left out")
    .addOption(dataOption(io))
    .option("--json", "print the result as JSON")
    .action((options: LoadOptions) => load(io, options));
}

async function load(io: CommandIo, options: LoadOptions): Promise<void> {
  const { rate, seconds, p95Ms } = options;
  for (const [name, value] of Object.entries({ rate, seconds, "p95-ms": p95Ms })) {
    if (value === undefined || value > 0) continue;
    throw new AppError("invalid", "cli.argument", `--${name} takes a number above zero.`);
  }
  if (options.url !== undefined && !/^https?:\/\/[^/]/i.test(options.url)) {
    const message = `${options.url} is no address of a system: write it as http://127.0.0.1:8000.`;
    throw new AppError("invalid", "cli.argument", message);
  }
  const isSearch = options.findSaturation === true;
  if (isSearch ? rate !== undefined : p95Ms !== undefined) {
    const message = isSearch
      ? "--rate does not go with --find-saturation, which finds it."
      : "--p95-ms goes with --find-saturation.";
    throw new AppError("invalid", "cli.argument", message);
  }
  const scenario = await openScenario(options.scenario);
  const baseUrl = options.url ?? (await readSystemUrls(options.data, io.environment)).gateway;
  using stop = listenForStop(() => {});
  const target = { baseUrl, scenario, durationSeconds: seconds, signal: stop.signal };
  try {
    await (isSearch ? search(io, options, target) : play(io, options, target));
  } catch (error) {
    if (error instanceof StoppedError) return io.setExitCode(3);
    if (error instanceof SetupError)
      throw new AppError("unavailable", "load.setup", error.message, { cause: error });
    throw error;
  }
}

type Target = Pick<RunLoadOptions, "baseUrl" | "scenario" | "durationSeconds" | "signal">;

async function play(io: CommandIo, options: LoadOptions, target: Target): Promise<void> {
  const result = await runLoad({
    ...target,
    flowsPerSecond: options.rate,
    onProgress: ({ requests, failures, p95Ms }) =>
      io.writeError(`${requests} requests, ${failures} failed, p95 ${p95Ms.toFixed(1)} ms\n`),
  });
  io.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : `\n${toTable(result)}\n`);
}

/** Exit code 3 when one connection alone was too much. */
async function search(io: CommandIo, options: LoadOptions, target: Target): Promise<void> {
  const p95MsMax = options.p95Ms ?? (await readP95Limit(io.environment));
  const found = await searchSaturation({ ...target, p95MsMax, say: (line) => io.writeError(`${line}\n`) });
  const json = { p95MsMax, saturation: found.best ?? null, steps: found.steps };
  io.write(options.json ? `${JSON.stringify(json, null, 2)}\n` : `\n${toSaturationTable(found)}\n`);
  if (found.best === undefined) io.setExitCode(3);
}

/** @throws AppError `load.scenario` with every problem of the file */
export async function openScenario(path: string): Promise<Scenario> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new AppError("invalid", "load.scenario", `${path} cannot be read: ${cause.message}`, { cause });
  });
  const reading = readScenario(text);
  if (reading.ok) return reading.scenario;
  const problems = reading.problems.map((problem) => `  ${problem}`).join("\n");
  throw new AppError("invalid", "load.scenario", `${path} is no scenario:\n${problems}`);
}
