import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { listenForStop } from "@kontor/kit/stop-request";
import { readObserverToken } from "@kontor/observer/cli/observer-token";
import { openScenario, workingDay } from "../load/load-command.ts";
import { openSystem, type System } from "../start/system.ts";
import { runSteady } from "./run-steady.ts";
import { toParts, writeSteadyConfiguration } from "./steady-configuration.ts";
import { toSteadyTable } from "./to-steady-table.ts";

const help = `npm run soak [-- steady --minutes 10 --rate 8 --json]

The load of a working day on a system of its own, without any fault: nothing may be alerted and nothing found, from the
start until two minutes after the load. Load generator and observer must agree: on counts exactly, on p95 to a bucket. A run
of more than 25 minutes is counted in equal parts with 90 s of rest between them.
Exit codes: 0 all held, 1 something did not, 2 bad input, 3 it could not be run.`;

const minutesMax = 24 * 60;

export async function soakSteady(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === undefined) return;
  const dataDir = await mkdtemp(join(tmpdir(), "kontor-soak-"));
  // mkdtemp closes it to others, and as root the database runs under another account.
  await chmod(dataDir, 0o755);
  let system: System | undefined;
  using stop = listenForStop(() => system?.hurry());
  try {
    const token = await readObserverToken(process.env, undefined);
    const seconds = options.minutes * 60;
    const observerConfig = await writeSteadyConfiguration(dataDir, Math.max(...toParts(seconds)));
    system = await openSystem({
      dataDir: join(dataDir, "data"),
      ports: "free",
      environment: process.env,
      observerConfig,
      signal: stop.signal,
    });
    await using running = system;
    const scenario = await openScenario(workingDay);
    const result = await runSteady({
      urls: running.urls,
      observer: { url: running.urls.observer, token },
      scenario: { ...scenario, flowsPerSecond: options.rate },
      seconds,
      signal: stop.signal,
      say: (line) => console.error(line),
    });
    console.log(options.json ? JSON.stringify(result, null, 2) : toSteadyTable(result));
    process.exitCode = stop.signal.aborted ? 3 : result.problems.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 3;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function readOptions(args: readonly string[]): { minutes: number; rate: number; json: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: "string", default: "10" },
        rate: { type: "string", default: "8" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return void console.log(help);
    const { minutes, rate } = { minutes: Number(values.minutes), rate: Number(values.rate) };
    if (minutes > 0 && minutes <= minutesMax && rate > 0) return { minutes, rate, json: values.json };
    console.error(
      `--minutes takes a number above zero, at most ${minutesMax}, --rate one above zero.\n${help}`,
    );
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${help}`);
  }
  process.exitCode = 2;
  return undefined;
}
