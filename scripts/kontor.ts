import { createKontorCommand } from "./cli/create-kontor-command.ts";
import { runCli } from "./cli/run-cli.ts";

await runCli(createKontorCommand, process.argv);
