import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@kontor/kit/errors";
import { listenForStop } from "@kontor/kit/stop-request";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { runLoad, SetupError } from "@kontor/perf/load/run-load";
import { readScenario, type Scenario } from "@kontor/perf/load/scenario";
import { toTable } from "@kontor/perf/load/to-table";
import { Command } from "commander";
import { dataOption } from "../cli/data-option.ts";
import { readSystemUrls } from "../start/system-file.ts";
import { repository } from "../starter/install.mjs";

type LoadOptions = {
  data: string;
  scenario: string;
  url?: string;
  rate?: number;
  seconds?: number;
  json?: boolean;
};

export const workingDay = join(repository, "perf/scenarios/working-day.json");

/** `load`: people at work on the running ERP, in open loop. */
export function createLoadCommand(io: CommandIo): Command {
  return new Command("load")
    .description("put realistic load on the running system: log in, browse, search, order, confirm, cancel")
    .option("--scenario <file>", "what people do", workingDay)
    .option("--rate <n>", "flows begun each second; the scenario's own when left out", Number)
    .option("--seconds <n>", "how long; the scenario's own when left out", Number)
    .option("--url <url>", "where to; the gateway of the running system when left out")
    .addOption(dataOption(io))
    .option("--json", "print the result as JSON")
    .action((options: LoadOptions) => load(io, options));
}

async function load(io: CommandIo, options: LoadOptions): Promise<void> {
  for (const [name, value] of Object.entries({ rate: options.rate, seconds: options.seconds })) {
    if (value === undefined || value > 0) continue;
    throw new AppError("invalid", "cli.argument", `--${name} takes a number above zero.`);
  }
  const scenario = await openScenario(options.scenario);
  const baseUrl = options.url ?? (await readSystemUrls(options.data, io.environment)).gateway;
  using stop = listenForStop(() => {});
  try {
    const result = await runLoad({
      baseUrl,
      scenario,
      flowsPerSecond: options.rate,
      durationSeconds: options.seconds,
      signal: stop.signal,
      onProgress: ({ requests, failures, p95Ms }) =>
        io.writeError(`${requests} requests, ${failures} failed, p95 ${p95Ms.toFixed(1)} ms\n`),
    });
    io.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : `\n${toTable(result)}\n`);
  } catch (error) {
    if (error instanceof SetupError)
      throw new AppError("unavailable", "load.setup", error.message, { cause: error });
    throw error;
  }
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
