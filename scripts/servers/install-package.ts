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
  if (!hasPackages()) return `there is no apt-get here; install ${debian} yourself${brew}`;
  if (process.getuid?.() !== 0) return `only root installs packages: sudo apt-get install ${debian}`;
  return undefined;
}

/** Whether this process can install packages of the operating system. */
export function canInstall(): boolean {
  return hasPackages() && process.getuid?.() === 0;
}

function hasPackages(): boolean {
  return listOnPath("apt-get").length > 0;
}

/** Installs the first of these sets of Debian packages that there is, without starting the services that come with them. */
export async function installPackages(
  sets: readonly (readonly string[])[],
  build: BuildProcess,
): Promise<void> {
  const debian = (await findSet(sets)) ?? (await afterUpdate(sets, build));
  const args = ["install", "-y", "-qq", "--no-install-recommends", ...debian];
  await build.run({ program: "apt-get", args, cwd: "/", environment });
}

/** A machine that never looked has no lists of packages. Where none of the sets is listed, apt-get says so of the last. */
async function afterUpdate(
  sets: readonly (readonly string[])[],
  build: BuildProcess,
): Promise<readonly string[]> {
  await build.run({ program: "apt-get", args: ["update", "-qq"], cwd: "/", environment });
  return (await findSet(sets)) ?? sets.at(-1) ?? [];
}

async function findSet(sets: readonly (readonly string[])[]): Promise<readonly string[] | undefined> {
  for (const debian of sets) {
    const listed = await Promise.all(debian.map(isListed));
    if (listed.every(Boolean)) return debian;
  }
  return undefined;
}

const environment = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };

function isListed(debian: string): Promise<boolean> {
  return promisify(execFile)("apt-cache", ["show", debian]).then(
    ({ stdout }) => stdout !== "",
    () => false,
  );
}
