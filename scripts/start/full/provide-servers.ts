import { type FullModeServer, fullModeServers } from "@kontor/kit/testing/servers/server-versions";
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
): Promise<FullModeServer[]> {
  const outcomes = await installServers({
    names: fullModeServers,
    jobs: undefined,
    lookOnly: false,
    tell,
    signal,
  });
  const present = new Map(outcomes.map((outcome) => [outcome.name, outcome]));
  const isPresent = (name: FullModeServer): boolean => present.get(name)?.path !== undefined;
  for (const name of fullModeServers.filter((each) => !isPresent(each))) {
    tell(`Without ${name} (${instead[name]}): ${present.get(name)?.reason}`);
  }
  return fullModeServers.filter(isPresent);
}

/** What full mode does where a server is left out. */
const instead: Readonly<Record<FullModeServer, string>> = {
  otelcol: "services send straight to the observer, and nothing reaches the other backends",
  prometheus: "rules are evaluated on the observer's own windows",
  influxdb: "history is the observer's own",
  jaeger: "traces are in the observer only",
  loki: "logs are in the observer only",
  redis: "caches and sessions are in process and in PostgreSQL",
  rabbitmq: "the bus is PostgreSQL",
};
