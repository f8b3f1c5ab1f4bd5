import { parseArgs } from "node:util";
import { benchRow, toExitCode } from "../bench/bench-row.ts";
import { runOverload } from "../bench/collector/overload.ts";
import { toRows } from "../bench/collector.bench.ts";
import { toBenchTable } from "../bench/to-bench-table.ts";

const help = `npm run soak -- collector [--minutes 5 --json]

The collector gets three times what it can take, and InfluxDB is away for 30 s of it: not one point that was accepted may be
missing in InfluxDB or Prometheus. Needs what \`npm run servers\` gets.
Exit codes: 0 all held, 1 something did not, 2 bad input, 3 it could not be run.`;

const influxdbAwaySeconds = 30;

/** @param args the command line behind the name; sets the exit code */
export async function soakCollector(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) return;
  try {
    const startedAt = new Date().toISOString();
    const result = await runOverload({
      seconds: options.minutes * 60,
      influxdbAwaySeconds,
      tell: (line) => console.error(line),
    });
    const results = [{ bench: "collector", rows: toRows(result).map((row) => benchRow.parse(row)) }];
    console.log(options.json ? JSON.stringify({ startedAt, ...result }, null, 2) : toBenchTable(results));
    process.exitCode = toExitCode(results);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 3;
  }
}

function readOptions(args: readonly string[]): { minutes: number; json: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { minutes: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } },
    });
    if (values.help) {
      console.log(help);
      return undefined;
    }
    const minutes = Number(values.minutes ?? 5);
    if (!(minutes >= 1 && minutes <= 600)) throw new Error("--minutes takes a number from 1 to 600.");
    return { minutes, json: values.json === true };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${help}`);
    process.exitCode = 2;
    return undefined;
  }
}
