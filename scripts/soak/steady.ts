import { join } from "node:path";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { readObserverToken } from "@kontor/observer/cli/observer-token";
import { Command } from "commander";
import { openScenario, workingDay } from "../load/load-command.ts";
import { openSystem } from "../start/system.ts";
import { runSteady } from "./run-steady.ts";
import { numberOption, runSoak, type SoakOutcome, type SoakRun } from "./soak-run.ts";
import { toParts, writeSteadyConfiguration } from "./steady-configuration.ts";
import { toSteadyTable } from "./to-steady-table.ts";

type SteadyCommandOptions = { minutes: number; rate: number; json?: boolean };

/** `steady`: a day on which nothing is wrong. */
export function createSteadyCommand(io: CommandIo): Command {
  return new Command("steady")
    .summary("the load of a working day: nothing may be alerted or found")
    .description(
      "the load of a working day on a system of its own, without any fault: nothing may be alerted and nothing found, from the start until two minutes after the load; load generator and observer must agree, on counts exactly, on p95 to a bucket; a run of more than 25 minutes is counted in equal parts with 90 s of rest between them",
    )
    .addOption(numberOption("minutes", "of load", { standard: 10, min: 0.1, max: 24 * 60 }))
    .addOption(numberOption("rate", "flows begun each second", { standard: 8, min: 0.1, max: 1_000 }))
    .option("--json", "print the result as JSON")
    .action((options: SteadyCommandOptions) => runSoak(io, options, (soak) => work(io, options, soak)));
}

async function work(io: CommandIo, options: SteadyCommandOptions, soak: SoakRun): Promise<SoakOutcome> {
  const { folder, signal, say } = soak;
  const token = await readObserverToken(io.environment, undefined);
  const seconds = options.minutes * 60;
  await using system = await openSystem({
    ...{ dataDir: join(folder, "data"), ports: "free", environment: io.environment },
    observerConfig: await writeSteadyConfiguration(folder, Math.max(...toParts(seconds))),
    ...{ signal, hurry: soak.hurry },
  });
  const scenario = { ...(await openScenario(workingDay)), flowsPerSecond: options.rate };
  const observer = { url: system.urls.observer, token };
  const result = await runSteady({ urls: system.urls, observer, scenario, seconds, signal, say });
  return { held: result.problems.length === 0, json: result, text: toSteadyTable(result) };
}
