import type { CommandIo } from "@kontor/observer/cli/command-io";
import { Command } from "commander";
import { runCli } from "./cli/run-cli.ts";
import { createBrokerKillsCommand } from "./soak/broker-kills.ts";
import { createCollectorCommand } from "./soak/collector-overload.ts";
import { createSteadyCommand } from "./soak/steady.ts";

await runCli(createSoakCommand, process.argv);

function createSoakCommand(io: CommandIo): Command {
  return new Command("npm run soak --")
    .description("long runs that prove what a test has no time for")
    .addHelpText(
      "after",
      "\nSteady when nothing is named. Exit codes: 0 all held, 1 something did not, 2 bad input, 3 it could not be run, or was stopped.",
    )
    .addCommand(createSteadyCommand(io), { isDefault: true })
    .addCommand(createCollectorCommand(io))
    .addCommand(createBrokerKillsCommand(io));
}
