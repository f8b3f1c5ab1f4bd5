import { createCheckCommand } from "@kontor/observer/cli/check";
import { createExplainCommand, type ExplainIo } from "@kontor/observer/cli/explain";
import { createExportCommand } from "@kontor/observer/cli/export";
import { createObserveCommand } from "@kontor/observer/cli/observe";
import { createReportCommand } from "@kontor/observer/cli/report";
import { Command } from "commander";
import { createDemoCommand } from "../demo/demo-command.ts";
import { createFaultsCommand } from "../faults/faults-command.ts";
import { createLoadCommand } from "../load/load-command.ts";
import { createDevCommand, createStartCommand } from "../start/start-command.ts";

/** `kontor` with all its commands. */
export function createKontorCommand(io: ExplainIo): Command {
  return new Command("kontor")
    .description("Kontor: an observability platform around OpenTelemetry, and the ERP it watches")
    .addHelpText(
      "after",
      "\nEvery command takes --help and --json. Exit codes: 0 done, 1 the verdict is negative, 2 bad input, 3 could not do it.",
    )
    .addCommand(createStartCommand(io))
    .addCommand(createDevCommand(io))
    .addCommand(createObserveCommand(io))
    .addCommand(createDemoCommand(io))
    .addCommand(createLoadCommand(io))
    .addCommand(createFaultsCommand(io))
    .addCommand(createCheckCommand(io))
    .addCommand(createExplainCommand(io))
    .addCommand(createExportCommand(io))
    .addCommand(createReportCommand(io));
}
