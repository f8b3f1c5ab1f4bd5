import { lookForServer } from "@kontor/kit/testing/servers/find-server";
import { type ServerName, serverVersions } from "@kontor/kit/testing/servers/server-versions";
import { installServers } from "../../servers/install-servers.ts";

/**
 * The program of a server, which is built first where it is missing.
 *
 * @param say progress, for people
 * @returns its absolute path
 * @throws Error saying which cannot be had and why; AppError `servers.busy`
 */
export async function provideServer(name: ServerName, say: (line: string) => void): Promise<string> {
  const present = lookForServer(name);
  if (present !== undefined) return present;
  const { signal } = new AbortController();
  const [outcome] = await installServers({
    names: [name],
    jobs: undefined,
    lookOnly: false,
    tell: say,
    signal,
  });
  if (outcome?.path !== undefined) return outcome.path;
  throw new Error(`Nothing can stand in for ${name} ${serverVersions[name]} here: ${outcome?.reason}`);
}
