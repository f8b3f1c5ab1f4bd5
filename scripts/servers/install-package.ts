import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { listOnPath } from "@kontor/kit/testing/servers/find-server";
import type { BuildProcess } from "./build-process.ts";

/**
 * Why packages of the operating system cannot be installed from here; undefined when they can.
 *
 * @param debian name of the package
 */
export function whyNoPackages(debian: string): string | undefined {
  const brew =
    process.platform === "darwin" ? `; with Homebrew: brew install ${debian.replace("-server", "")}` : "";
  if (listOnPath("apt-get").length === 0)
    return `there is no apt-get here; install ${debian} yourself${brew}`;
  if (process.getuid?.() !== 0) return `only root installs packages: sudo apt-get install ${debian}`;
  return undefined;
}

/** Installs Debian packages without starting the services that come with them. */
export async function installPackages(debian: readonly string[], build: BuildProcess): Promise<void> {
  for (const name of debian) await isPackageKnown(name, build);
  const args = ["install", "-y", "-qq", "--no-install-recommends", ...debian];
  await build.run({ program: "apt-get", args, cwd: "/", environment });
}

/** Whether this Debian has a package; a machine that never looked has its lists fetched first. */
export async function isPackageKnown(debian: string, build: BuildProcess): Promise<boolean> {
  if (await isListed(debian)) return true;
  await build.run({ program: "apt-get", args: ["update", "-qq"], cwd: "/", environment });
  return isListed(debian);
}

const environment = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };

function isListed(debian: string): Promise<boolean> {
  return promisify(execFile)("apt-cache", ["show", debian]).then(
    ({ stdout }) => stdout !== "",
    () => false,
  );
}
