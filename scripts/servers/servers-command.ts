import { AppError } from "@kontor/kit/errors";
import { listenForStop } from "@kontor/kit/stop-request";
import { type ServerName, serverNames } from "@kontor/kit/testing/servers/server-versions";
import type { CommandIo } from "@kontor/observer/cli/command-io";
import { toTextTable } from "@kontor/perf/text-table";
import { Command } from "commander";
import { installServers, type ServerOutcome } from "./install-servers.ts";

type ServersOptions = { only?: string; jobs?: string; look?: boolean; json?: boolean };

/** `npm run servers`: gets the servers of others that full mode and its tests run with. */
export function createServersCommand(io: CommandIo): Command {
  return new Command("npm run servers --")
    .description(
      "install or build what is missing of the servers that full mode and `npm run test:servers` run with",
    )
    .option("--only <names>", `separated by commas, of: ${serverNames.join(", ")}`)
    .option("--jobs <n>", "how many packages are compiled at a time (default: one for each processor)")
    .option("--look", "install nothing; tell what is there")
    .option("--json", "the outcome as JSON on standard output")
    .addHelpText("after", `\n${help}`)
    .action(async (options: ServersOptions) => {
      using stop = listenForStop(() => {});
      const outcomes = await installServers({
        names: readNames(options.only),
        jobs: readJobs(options.jobs),
        lookOnly: options.look === true,
        tell: (line) => io.writeError(`${line}\n`),
        signal: stop.signal,
      });
      io.write(options.json ? `${JSON.stringify({ servers: outcomes }, null, 2)}\n` : describe(outcomes));
      if (outcomes.some(({ state }) => state === "failed")) io.setExitCode(3);
    });
}

const help = `Servers are built from the Go modules their makers publish, and kept in \${XDG_CACHE_HOME:-~/.cache}/kontor/<name>/<version>;
Redis and RabbitMQ come from Debian's packages. The first time takes about half an hour on two processors.
What this machine cannot have is left out, with the reason. Exit codes: 0 done, 2 bad option, 3 something that should have been had could not.`;

function readNames(only: string | undefined): readonly ServerName[] {
  if (only === undefined) return serverNames;
  return only.split(",").map((given) => {
    const name = serverNames.find((known) => known === given.trim());
    if (name !== undefined) return name;
    const message = `There is no server ${JSON.stringify(given.trim())}; there are ${serverNames.join(", ")}.`;
    throw new AppError("invalid", "cli.argument", message);
  });
}

function readJobs(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^[1-9]\d*$/.test(given)) return Number(given);
  throw new AppError("invalid", "cli.argument", "--jobs takes a whole number above 0.");
}

function describe(outcomes: readonly ServerOutcome[]): string {
  const rows = outcomes.map(({ name, version, state, path, reason, seconds }) => [
    name,
    version,
    state === "installed" ? `installed in ${seconds} s` : state,
    path ?? reason?.split("\n")[0] ?? "",
  ]);
  const failures = outcomes.flatMap(({ name, state, reason }) =>
    state === "failed" ? [`\n${name}: ${reason}`] : [],
  );
  return `${[...toTextTable([["server", "version", "", ""], ...rows], []), ...failures].join("\n")}\n`;
}
