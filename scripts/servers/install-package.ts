import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { listOnPath } from "@kontor/kit/testing/servers/find-server";
import type { BuildProcess } from "./build-process.ts";
import type { PackageRecipe } from "./recipes.ts";

/** Why packages of the operating system cannot be installed from here; undefined when they can. */
export function whyNoPackages({ debian }: PackageRecipe): string | undefined {
  const brew =
    process.platform === "darwin" ? `; with Homebrew: brew install ${debian.replace("-server", "")}` : "";
  if (listOnPath("apt-get").length === 0)
    return `there is no apt-get here; install ${debian} yourself${brew}`;
  if (process.getuid?.() !== 0) return `only root installs packages: sudo apt-get install ${debian}`;
  return undefined;
}

/** Installs a Debian package without starting the service that comes with it. */
export async function installPackage({ debian }: PackageRecipe, build: BuildProcess): Promise<void> {
  const environment = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const isKnown = await promisify(execFile)("apt-cache", ["show", debian]).then(
    ({ stdout }) => stdout !== "",
    () => false,
  );
  if (!isKnown) await build.run({ program: "apt-get", args: ["update", "-qq"], cwd: "/", environment });
  const args = ["install", "-y", "-qq", "--no-install-recommends", debian];
  await build.run({ program: "apt-get", args, cwd: "/", environment });
}
