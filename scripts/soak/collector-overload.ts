import type { CommandIo } from "@kontor/observer/cli/command-io";
import { Command } from "commander";
import { benchRow, toExitCode } from "../bench/bench-row.ts";
import { runOverload } from "../bench/collector/overload.ts";
import { toRows } from "../bench/collector.bench.ts";
import { toBenchTable } from "../bench/to-bench-table.ts";
import { numberOption, runSoak, type SoakOutcome, type SoakRun } from "./soak-run.ts";

type CollectorOptions = { minutesAway: number; json?: boolean };

/** `collector`: an overload that begins before InfluxDB goes away and ends after it is back. */
export function createCollectorCommand(io: CommandIo): Command {
  return new Command("collector")
    .summary("three times what the collector can take, InfluxDB away: nothing accepted is lost")
    .description(
      "the collector gets three times what it can take while InfluxDB is away: not one point that was accepted may be missing in InfluxDB or Prometheus; needs what `npm run servers` gets",
    )
    .addOption(
      numberOption("minutes-away", "how long InfluxDB is away; the overload lasts half as long again", {
        ...{ standard: 5, min: 0.5, max: 10 },
      }),
    )
    .option("--json", "print the result as JSON")
    .action((options: CollectorOptions) => runSoak(io, options, (soak) => overload(options, soak)));
}

async function overload({ minutesAway }: CollectorOptions, soak: SoakRun): Promise<SoakOutcome> {
  const startedAt = new Date().toISOString();
  const awaySeconds = minutesAway * 60;
  const result = await runOverload({
    ...{ seconds: awaySeconds * 1.5, influxdbAwaySeconds: awaySeconds },
    ...{ signal: soak.signal, tell: soak.say },
  });
  const results = [{ bench: "collector", rows: toRows(result).map((row) => benchRow.parse(row)) }];
  return {
    held: toExitCode(results) === 0,
    json: { startedAt, ...result },
    text: `Begun ${startedAt}, InfluxDB away for ${awaySeconds} s.\n${toBenchTable(results)}`,
  };
}
