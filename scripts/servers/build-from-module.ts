import { execFile } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BuildProcess } from "./build-process.ts";
import type { GoRecipe } from "./recipes.ts";

/** Where and how `go` builds. */
export type GoSettings = {
  moduleProxy: string;
  jobs: number | undefined;
  /** Environment that makes `go` the one that builds need. */
  toolchain: Readonly<Record<string, string>>;
};

/**
 * Go's settings for every build. A proxy that lacks a version must say so: the fall-back to the source host, which many
 * machines cannot reach, hangs or hides the reason.
 *
 * @param list GOPROXY, addresses separated by commas or bars
 */
export function firstProxy(list: string): string {
  return list.split(/[,|]/)[0]?.trim() || "direct";
}

export function goEnvironment({ moduleProxy, toolchain }: GoSettings): Record<string, string> {
  return { ...toolchain, GOPROXY: moduleProxy, GOFLAGS: "-mod=mod -buildvcs=false -trimpath", GOWORK: "off" };
}

export function jobArgs({ jobs }: Pick<GoSettings, "jobs">): string[] {
  return jobs === undefined ? [] : ["-p", String(jobs)];
}

/**
 * The go.mod of a module of our own that builds programs of another with exactly the versions that one was released with.
 *
 * @param released the other's go.mod. Its `replace` lines bind only where it is the main module, so they are repeated;
 *   those that point into its own folder cannot be, and stand for published modules
 */
export function toGoMod(recipe: GoRecipe, released: string): string {
  const goVersion = /^go .+$/m.exec(released)?.[0] ?? "go 1.24";
  const replacements = released
    .split("\n")
    .map((line) => line.replace(/^replace\s+|\s*\/\/.*$/g, "").trim())
    .filter((line) => / => /.test(line) && !/ => \.{1,2}\//.test(line))
    .map((line) => `replace ${line}`);
  const required = `require ${recipe.module} ${recipe.moduleVersion}`;
  return `${["module kontor.local/build", goVersion, required, ...replacements].join("\n\n")}\n`;
}

/**
 * Builds every program of a recipe.
 *
 * @param folder empty; the programs lie in it afterwards, beside other files
 */
export async function buildFromModule(
  recipe: GoRecipe,
  folder: string,
  settings: GoSettings,
  build: BuildProcess,
): Promise<void> {
  const environment = goEnvironment(settings);
  const source = await downloadModule(recipe, folder, environment);
  await writeFile(join(folder, "go.mod"), toGoMod(recipe, await readFile(join(source, "go.mod"), "utf8")));
  await copyFile(join(source, "go.sum"), join(folder, "go.sum"));
  if (recipe.pkgConfig !== undefined) {
    const args = ["build", ...jobArgs(settings), "-o", "pkg-config", recipe.pkgConfig];
    await build.run({ program: "go", args, cwd: folder, environment });
    environment.PKG_CONFIG = join(folder, "pkg-config");
    // The module names a compiler of its own that need not be installed.
    environment.RUSTUP_TOOLCHAIN = "stable";
  }
  for (const [binary, path] of Object.entries(recipe.packages)) {
    const tags = recipe.tags === undefined ? [] : ["-tags", recipe.tags];
    const flags = ["-v", ...jobArgs(settings), ...tags, "-ldflags=-s -w"];
    const args = ["build", ...flags, "-o", binary, join(recipe.module, path)];
    await build.run({ program: "go", args, cwd: folder, environment });
  }
}

/** @returns the folder of the module's source, which Go caches */
async function downloadModule(
  { module, moduleVersion }: GoRecipe,
  cwd: string,
  environment: Record<string, string>,
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    "go",
    ["mod", "download", "-json", `${module}@${moduleVersion}`],
    { cwd, env: { ...process.env, ...environment } },
  );
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}
