import { Command } from "commander";
import { runCli } from "./cli/run-cli.ts";
import { createDevCommand, createStartCommand } from "./start/start-command.ts";

const program = new Command("kontor")
  .description("Kontor: an observability platform around OpenTelemetry, and the ERP it watches")
  .addCommand(createStartCommand())
  .addCommand(createDevCommand());

await runCli(program, process.argv);
