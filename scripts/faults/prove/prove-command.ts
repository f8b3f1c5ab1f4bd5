import { AppError } from "@kontor/kit/errors";
import { listenForStop, StoppedError } from "@kontor/kit/stop-request";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { addTokenOption } from "@kontor/observer/cli/observer-client";
import { readObserverToken } from "@kontor/observer/cli/observer-token";
import { toTextTable } from "@kontor/perf/text-table";
import { Command } from "commander";
import { openScenario, workingDay } from "../../load/load-command.ts";
import { openSystem, type System } from "../../start/system.ts";
import { openTemporaryFolder } from "../../start/temporary-folder.ts";
import { type FaultProof, faultProofs } from "./fault-proofs.ts";
import type { ProvenFault } from "./prove-fault.ts";
import { proveFaults } from "./prove-faults.ts";

type ProveOptions = { only?: string; json?: boolean; keep?: boolean; rate: number; tokenFile?: string };

/** All faults together take about seven minutes; what is not proven by then is not. */
const deadlineMs = 585_000;

/** `faults prove`: exit code 0 only if each fault led to what it must lead to, and to nothing untrue; else 3. */
export function createProveCommand(io: CommandIo): Command {
  const command = new Command("prove")
    .description(
      "in a system of its own, under load: every fault fires its rule, is explained, and clears again",
    )
    .option("--only <name>", "one fault, as `faults list` shows it; several with commas between")
    .option("--rate <n>", "flows of load begun each second", Number, 8)
    .option("--keep", "keep the data folder")
    .option("--json", "print the result as JSON")
    .action(async (options: ProveOptions) => io.setExitCode((await prove(io, options)) ? 0 : 3));
  return addTokenOption(command);
}

async function prove(io: CommandIo, options: ProveOptions): Promise<boolean> {
  const proofs = chooseProofs(options.only);
  if (!(options.rate > 0)) throw new AppError("invalid", "cli.argument", "--rate takes a number above zero.");
  const say = (line: string): void => io.writeError(`${line}\n`);
  const scenario = await openScenario(workingDay);
  const token = await readObserverToken(io.environment, options.tokenFile);
  const keep = options.keep ? (path: string) => say(`Kept: ${path}`) : undefined;
  await using folder = await openTemporaryFolder("faults", keep);
  let system: System | undefined;
  using stop = listenForStop(() => system?.hurry());
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(deadlineMs)]);
  try {
    say("Starting a system of its own, in a temporary folder, on free ports ...");
    system = await openSystem({ dataDir: folder.path, ports: "free", environment: io.environment, signal });
    await using running = system;
    const proven = await proveFaults({
      urls: running.urls,
      observer: { url: running.urls.observer, token },
      scenario: { ...scenario, flowsPerSecond: options.rate },
      proofs,
      signal,
      say,
    });
    const isProven = proven.every(({ problems }) => problems.length === 0);
    io.write(options.json ? `${JSON.stringify({ proven, isProven }, null, 2)}\n` : `\n${toTable(proven)}\n`);
    return isProven;
  } catch (error) {
    if (error instanceof StoppedError) return false;
    throw error;
  }
}

/** @throws AppError `cli.argument` with the names there are */
export function chooseProofs(only: string | undefined): readonly FaultProof[] {
  if (only === undefined) return faultProofs;
  return only.split(",").map((name) => {
    const proof = faultProofs.find(({ fault }) => fault === name.trim());
    if (proof !== undefined) return proof;
    const known = faultProofs.map(({ fault }) => fault).join(", ");
    const message = `There is no fault ${JSON.stringify(name)}; there are ${known}.`;
    throw new AppError("invalid", "cli.argument", message);
  });
}

const headings = ["fault", "rule", "observed", "fires s", "finding", "found s", "clears s", "verdict"];

export function toTable(proven: readonly ProvenFault[]): string {
  const rows = proven.map((one) => [
    one.fault,
    one.rule,
    one.observed ?? "",
    toSeconds(one.fireSeconds),
    one.finding ?? "none due",
    one.finding === undefined ? "" : toSeconds(one.findingSeconds),
    toSeconds(one.clearSeconds),
    one.problems.length === 0 ? "proven" : "NOT PROVEN",
  ]);
  const problems = proven.flatMap(({ fault, problems }) => problems.map((problem) => `${fault}: ${problem}`));
  const besides = proven
    .filter((one) => one.besides.length > 0)
    .map((one) => `${one.fault} also fires: ${one.besides.join("; ")}`);
  const notes = [...problems, ...besides];
  return [...toTextTable([headings, ...rows], [3, 5, 6]), ...(notes.length > 0 ? ["", ...notes] : [])].join(
    "\n",
  );
}

function toSeconds(seconds: number | undefined): string {
  return seconds === undefined ? "-" : seconds.toFixed(1);
}
