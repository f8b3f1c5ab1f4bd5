import { type ServerName, serverNames } from "@kontor/kit/testing/servers/server-versions";
import { installServers } from "../../servers/install-servers.ts";

/**
 * Gets the servers of full mode that are missing, and says which parts this machine goes without.
 *
 * @param tell progress, for people
 * @returns those that can be started
 */
export async function provideServers(
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<ServerName[]> {
  const outcomes = await installServers({
    names: serverNames,
    jobs: undefined,
    lookOnly: false,
    tell,
    signal,
  });
  const missing = outcomes.filter(({ path }) => path === undefined);
  for (const { name, reason } of missing) tell(`Without ${name} (${instead[name]}): ${reason}`);
  return outcomes.flatMap(({ name, path }) => (path === undefined ? [] : [name]));
}

/** What full mode does where a server is left out. */
const instead: Readonly<Record<ServerName, string>> = {
  otelcol: "services send straight to the observer, and nothing reaches the other backends",
  prometheus: "rules are evaluated on the observer's own windows",
  influxdb: "history is the observer's own",
  jaeger: "traces are in the observer only",
  loki: "logs are in the observer only",
  redis: "caches and sessions are in process and in PostgreSQL",
  rabbitmq: "the bus is PostgreSQL",
};
