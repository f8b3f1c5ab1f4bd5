import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { cacheFolder, listOnPath } from "@kontor/kit/testing/servers/find-server";
import { goVersion } from "@kontor/kit/testing/servers/server-versions";
import { firstProxy } from "./build-from-module.ts";
import type { BuildProcess } from "./build-process.ts";
import { canInstall, installPackages } from "./install-package.ts";

/** What builds run. */
export type BuildTool = "go" | "cc" | "cargo" | "pkg-config";

const goMinor = goVersion.split(".").slice(0, 2).join(".");

/** In words, and the Debian packages that bring them: the first set that this Debian has. */
const tools: Readonly<Record<BuildTool, { words: string; debian: readonly (readonly string[])[] }>> = {
  go: { words: `Go ${goMinor}`, debian: [["golang-go"]] },
  cc: { words: "a C compiler (cc)", debian: [["gcc", "libc6-dev"]] },
  // Debian's `cargo` may be years old; `cargo-web` is the one it builds browsers with.
  cargo: { words: "Rust (cargo)", debian: [["cargo-web"], ["cargo"]] },
  "pkg-config": { words: "pkg-config", debian: [["pkgconf"], ["pkg-config"]] },
};

/** Why a build cannot have its tools on this machine; undefined when it has them, or they can be installed. */
export function whyNoTools(needed: readonly BuildTool[]): string | undefined {
  const missing = needed.filter(isMissing);
  if (missing.length === 0 || canInstall()) return undefined;
  return `it is built here, which needs ${missing.map((tool) => tools[tool].words).join(" and ")}`;
}

/**
 * Installs what is missing.
 *
 * @returns the environment in which `go` is new enough for all builds
 */
export async function provideTools(
  needed: readonly BuildTool[],
  build: BuildProcess,
): Promise<Readonly<Record<string, string>>> {
  for (const tool of needed.filter(isMissing)) await installPackages(tools[tool].debian, build);
  return needed.includes("go") ? provideGo(build) : {};
}

function isMissing(tool: BuildTool): boolean {
  return listOnPath(tool).length === 0;
}

/**
 * Go that is older than builds need fetches the one they need, as the module that its makers publish and whose sum Go checks. From 1.21
 * on it does so by itself when it is told to; before, the module is only downloaded, and made a program here.
 *
 * @source Go Toolchains, https://go.dev/doc/toolchain
 */
async function provideGo(build: BuildProcess): Promise<Readonly<Record<string, string>>> {
  const [, minor = 0] = readGoVersion();
  if (minor >= Number(goMinor.split(".")[1])) return {};
  if (minor >= 21) return { GOTOOLCHAIN: `go${goVersion}` };
  const folder = cacheFolder("go", goVersion);
  const bin = join(folder, "bin");
  if (!existsSync(folder)) await unpackGo(folder, build);
  return { GOTOOLCHAIN: "local", PATH: [bin, process.env.PATH].join(delimiter) };
}

/** Of `go` on PATH: major and minor. */
function readGoVersion(): readonly number[] {
  return (/go(\d+)\.(\d+)/.exec(readGoSetting("GOVERSION")) ?? []).slice(1).map(Number);
}

/** The one proxy that builds ask; the others of the list hide why it lacks something. */
export function readProxy(): string {
  return firstProxy(readGoSetting("GOPROXY"));
}

function readGoSetting(name: string): string {
  return execFileSync("go", ["env", name], { encoding: "utf8" }).trim();
}

async function unpackGo(folder: string, build: BuildProcess): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  try {
    const machine = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
    const module = `golang.org/toolchain@v0.0.1-go${goVersion}.${machine}`;
    const environment = { GOPROXY: readProxy() };
    await build.run({ program: "go", args: ["mod", "download", module], cwd: made, environment });
    const modules = readGoSetting("GOMODCACHE");
    const whole = join(made, "go");
    await cp(join(modules, module), whole, { recursive: true });
    // The files of a module cannot be programs, and none but its own may be named go.mod.
    await cp(join(whole, "src", "_go.mod"), join(whole, "src", "go.mod"));
    for (const programs of ["bin", "pkg/tool"]) await makeExecutable(join(whole, programs));
    await rename(whole, folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function makeExecutable(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
