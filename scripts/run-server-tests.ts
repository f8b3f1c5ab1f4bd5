import { listenForStop } from "@kontor/kit/stop-request";
import type { ServerName } from "@kontor/kit/testing/servers/server-versions";
import { findNeededServers } from "./checks/needed-servers.ts";
import { listFiles } from "./checks/repository-files.ts";
import { runVitest } from "./checks/run-vitest.ts";
import { judgeSkips } from "./checks/skips.ts";
import { toClosingLine } from "./checks/test-counts.ts";
import { installServers, type ServerOutcome } from "./servers/install-servers.ts";

const help = `npm run test:servers [-- <file or folder>...] [--json]

Gets the servers of others that the tests need and that are missing (npm run servers), then runs the tests against them.
Tests of servers that this machine cannot have are left out and named. Exit codes: 0 passed, 1 failed.`;

type ServerTest = { path: string; needs: readonly ServerName[] };

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) return console.log(help);
  const filters = args.filter((arg) => !arg.startsWith("-"));
  const tests = listFiles()
    .filter((path) => path.endsWith(".servers.test.ts"))
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
    .map((path): ServerTest => ({ path, needs: findNeededServers(path) }));
  const absent = await provide(tests);
  const leftOut = tests.filter(({ needs }) => needs.some((name) => absent.has(name)));
  const exclude = leftOut.flatMap(({ path }) => ["--exclude", path]);
  const given = args.filter((arg) => arg !== "--json");
  const run = await runVitest(["--config", "vitest.servers.config.ts", ...given, ...exclude]);
  console.log("");
  for (const { name, reason } of absent.values()) console.log(`Without ${name}: ${reason}`);
  const counts = judgeSkips(
    {
      ...run,
      skipped: run.skipped + leftOut.length,
      skippedTests: [...run.skippedTests, ...leftOut.map(({ path }) => path)],
    },
    process.env.CI === "true",
  );
  console.log(args.includes("--json") ? JSON.stringify(counts) : `\n${toClosingLine(counts)}`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

/** @returns those that could not be had */
async function provide(tests: readonly ServerTest[]): Promise<Map<ServerName, ServerOutcome>> {
  using stop = listenForStop(() => {});
  const outcomes = await installServers({
    names: [...new Set(tests.flatMap(({ needs }) => needs))],
    jobs: undefined,
    lookOnly: false,
    tell: (line) => console.error(line),
    signal: stop.signal,
  });
  return new Map(outcomes.filter(({ path }) => path === undefined).map((outcome) => [outcome.name, outcome]));
}
