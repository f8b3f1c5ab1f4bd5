import { runCli } from "./cli/run-cli.ts";
import { createServersCommand } from "./servers/servers-command.ts";

await runCli(createServersCommand, process.argv);
