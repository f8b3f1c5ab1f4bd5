import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "@kontor/kit/testing/servers/find-server";
import { runCommand, tryCommand } from "../containers/run-command.ts";
import { firstProxy } from "../servers/build-from-module.ts";

const versions = { actionlint: "1.7.12", zizmor: "1.32.0" } as const;

/**
 * The linter of workflows, from the cache or built into it.
 *
 * @param say progress, for people
 * @returns path of the program
 * @throws CommandError when Go is absent or cannot build it
 */
export async function provideActionlint(say: (line: string) => void): Promise<string> {
  const folder = cacheFolder("actionlint", versions.actionlint);
  const program = join(folder, "actionlint");
  if (existsSync(program)) return program;
  say(`Building actionlint ${versions.actionlint}.`);
  await mkdir(folder, { recursive: true });
  const proxies = (await tryCommand("go", ["env", "GOPROXY"])).stdout;
  await runCommand("go", ["install", `github.com/rhysd/actionlint/cmd/actionlint@v${versions.actionlint}`], {
    environment: { GOBIN: folder, GOPROXY: firstProxy(proxies) },
  });
  return program;
}

/** The auditor of workflows' security, from the cache or installed into it. As above. */
export async function provideZizmor(say: (line: string) => void): Promise<string> {
  const folder = cacheFolder("zizmor", versions.zizmor);
  const program = join(folder, "bin/zizmor");
  if (existsSync(program)) return program;
  say(`Installing zizmor ${versions.zizmor}.`);
  await runCommand("python3", [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--target",
    folder,
    `zizmor==${versions.zizmor}`,
  ]);
  return program;
}
