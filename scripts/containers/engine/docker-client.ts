import { existsSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "@kontor/kit/testing/servers/find-server";
import { firstProxy } from "../../servers/build-from-module.ts";
import { runCommand, tryCommand } from "../run-command.ts";

/** Compose as a plugin of the Docker client, for machines whose client has none. */
const plugin = { module: "github.com/docker/compose/v5/cmd", version: "5.0.2" };

/**
 * A configuration folder for the Docker client in which `docker compose` exists.
 *
 * @param folder where to make it
 * @param say progress, for people
 * @returns its path
 */
export async function makeDockerConfiguration(folder: string, say: (line: string) => void): Promise<string> {
  const program = join(cacheFolder("docker-compose", plugin.version), "docker-compose");
  if (!existsSync(program)) await buildPlugin(program, say);
  await mkdir(join(folder, "cli-plugins"), { recursive: true });
  await symlink(program, join(folder, "cli-plugins", "docker-compose"));
  return folder;
}

async function buildPlugin(program: string, say: (line: string) => void): Promise<void> {
  const { module, version } = plugin;
  say(`Building Docker Compose ${version} (once, one to two minutes).`);
  const folder = cacheFolder("docker-compose", version);
  await mkdir(folder, { recursive: true });
  const proxies = (await tryCommand("go", ["env", "GOPROXY"])).stdout;
  await runCommand("go", ["install", `${module}@v${version}`], {
    // Of several proxies the first alone: falling back to the source host takes minutes where there is none.
    environment: { GOBIN: folder, GOFLAGS: "-mod=mod", GOPROXY: firstProxy(proxies) },
  });
  await runCommand("mv", [join(folder, "cmd"), program]);
}
