import type { CommandIo } from "@kontor/observer/cli/command-io";
import { Command } from "commander";
import { dataOption } from "../cli/data-option.ts";
import { readSystemUrls } from "../start/system-file.ts";
import { type Fault, listFaults, switchFault } from "./fault-client.ts";
import { createProveCommand } from "./prove/prove-command.ts";

type FaultOptions = { data: string; json?: boolean };

/** `faults list|on|off|prove`: what the services of the running system really do wrong while it is switched on. */
export function createFaultsCommand(io: CommandIo): Command {
  const faults = new Command("faults").description(
    "list, switch on and off the faults the running services can commit",
  );
  const add = (name: string, description: string) =>
    faults
      .command(name)
      .description(description)
      .addOption(dataOption(io))
      .option("--json", "answer as JSON");
  add("list", "every fault, and whether it is on").action(async (options: FaultOptions) => {
    answer(io, options, await listFaults(await readSystemUrls(options.data, io.environment)));
  });
  for (const on of [true, false]) {
    add(on ? "on" : "off", `switch a fault ${on ? "on" : "off"}`)
      .argument("<name>", "as `faults list` shows it")
      .action(async (name: string, options: FaultOptions) => {
        answer(io, options, [
          await switchFault(await readSystemUrls(options.data, io.environment), name, on),
        ]);
      });
  }
  return faults.addCommand(createProveCommand(io));
}

function answer(io: CommandIo, options: FaultOptions, faults: Fault[]): void {
  const people = faults.map(({ service, name, on, description }) =>
    `${on ? "on " : "off"}  ${name.padEnd(18)} ${service.padEnd(13)} ${description ?? ""}`.trimEnd(),
  );
  if (options.json) io.write(`${JSON.stringify({ faults }, null, 2)}\n`);
  else io.write(`${people.length === 0 ? "The services have no faults to switch." : people.join("\n")}\n`);
}
