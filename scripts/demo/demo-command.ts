import { AppError } from "@kontor/kit/errors";
import { listenForStop, StoppedError } from "@kontor/kit/stop-request";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { addTokenOption } from "@kontor/observer/cli/observer-client";
import { readObserverToken } from "@kontor/observer/cli/observer-token";
import { Command } from "commander";
import { openScenario, workingDay } from "../load/load-command.ts";
import { openSystem } from "../start/system.ts";
import { openTemporaryFolder } from "../start/temporary-folder.ts";
import { runDemo } from "./run-demo.ts";
import type { Told } from "./story.ts";

type DemoCommandOptions = {
  withoutFault?: boolean;
  json?: boolean;
  rate: number;
  keep?: boolean;
  tokenFile?: string;
};

/** `demo`: exit code 0 only if every step of the story was read back, else 3. */
export function createDemoCommand(io: CommandIo): Command {
  const command = new Command("demo")
    .description(
      "the whole story in about two minutes, measured: breach, alert mail, explained finding, recovery",
    )
    .option("--without-fault", "leave the fault out: the story must then fail (exit code 3)")
    .option("--rate <n>", "flows of load begun each second", Number, 5)
    .option("--keep", "keep the data folder")
    .option("--json", "print the steps as JSON")
    .action(async (options: DemoCommandOptions) => io.setExitCode((await demo(io, options)) ? 0 : 3));
  return addTokenOption(command);
}

async function demo(io: CommandIo, options: DemoCommandOptions): Promise<boolean> {
  const say = (line: string): void => io.writeError(`${line}\n`);
  if (!(options.rate > 0)) throw new AppError("invalid", "cli.argument", "--rate takes a number above zero.");
  const scenario = await openScenario(workingDay);
  const token = await readObserverToken(io.environment, options.tokenFile);
  const keep = options.keep ? (path: string) => say(`Kept: ${path}`) : undefined;
  await using folder = await openTemporaryFolder("demo", keep);
  const hurry = new AbortController();
  using stop = listenForStop(() => hurry.abort());
  try {
    say("Starting a system of its own, in a temporary folder, on free ports ...");
    await using system = await openSystem({
      dataDir: folder.path,
      ports: "free",
      environment: io.environment,
      signal: stop.signal,
      hurry: hurry.signal,
    });
    say(
      `Ready after ${(system.startupMs / 1000).toFixed(1)} s. Observer: ${system.urls.observer}  Mails: ${system.urls.mail}\n`,
    );
    const told = await runDemo({
      urls: system.urls,
      observer: { url: system.urls.observer, token },
      scenario,
      flowsPerSecond: options.rate,
      withFault: options.withoutFault !== true,
      signal: stop.signal,
      say,
      onTold: (one) => {
        if (!options.json) io.write(toText(one));
      },
    });
    const isTold = told.every(({ seen }) => seen !== undefined);
    if (options.json)
      io.write(`${JSON.stringify({ startupMs: system.startupMs, told, complete: isTold }, null, 2)}\n`);
    say(isTold ? "Every step was read back." : "The story broke off: the last step was not seen.");
    return isTold;
  } catch (error) {
    if (error instanceof StoppedError) return false;
    throw error;
  }
}

function toText({ name, seconds, seen }: Told): string {
  const mark = seen === undefined ? "--" : "ok";
  const lines = (seen ?? "not seen within its deadline").split("\n").map((line) => `                ${line}`);
  return `${mark}  ${seconds.toFixed(1).padStart(6)} s    ${name}\n${lines.join("\n")}\n`;
}
