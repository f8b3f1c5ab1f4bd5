import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "@kontor/kit/errors";
import { claimFolder } from "@kontor/kit/process-lock";
import { cacheFolder, lookForServer, serverFolder } from "@kontor/kit/testing/servers/find-server";
import { type ServerName, serverVersions } from "@kontor/kit/testing/servers/server-versions";
import { buildCollector } from "./build-collector.ts";
import { buildFromModule, type GoSettings } from "./build-from-module.ts";
import { type BuildProcess, openBuildProcess } from "./build-process.ts";
import { type BuildTool, provideTools, readProxy, whyNoTools } from "./build-tools.ts";
import { installPackages, whyNoPackages } from "./install-package.ts";
import { type CollectorRecipe, type GoRecipe, type Recipe, recipes } from "./recipes.ts";

export type ServerOutcome = {
  name: ServerName;
  version: string;
  /** `left out` is what this machine cannot have; `failed` what it should have had. */
  state: "present" | "installed" | "left out" | "failed";
  /** Of the program, when there is one. */
  path?: string;
  reason?: string;
  seconds: number;
};

export type InstallOptions = {
  names: readonly ServerName[];
  /** How many packages are compiled at a time; as many as there are processors when left out. */
  jobs: number | undefined;
  /** Only tells what is there and what cannot be had. */
  lookOnly: boolean;
  tell(line: string): void;
  signal: AbortSignal;
};

const progressEveryMs = 15_000;

/**
 * Gets the servers that are missing, one after the other.
 *
 * @returns one outcome for each name; a server that could not be had does not keep the next from being tried
 * @throws AppError `servers.busy` when another process is at it
 */
export async function installServers(options: InstallOptions): Promise<ServerOutcome[]> {
  const root = cacheFolder("build", "");
  await mkdir(root, { recursive: true });
  const isMissing = options.names.some((name) => lookForServer(name) === undefined);
  const claim = isMissing && !options.lookOnly ? await claimFolder(join(root, "all"), busy) : undefined;
  try {
    const outcomes: ServerOutcome[] = [];
    for (const name of options.names) outcomes.push(await provide(name, root, options));
    return outcomes;
  } finally {
    await claim?.release();
  }
}

function busy(pid: number): AppError {
  const message = `Process ${pid} is installing servers already; wait for its end.`;
  return new AppError("conflict", "servers.busy", message, { details: { pid } });
}

async function provide(name: ServerName, root: string, options: InstallOptions): Promise<ServerOutcome> {
  const startedAt = performance.now();
  const outcome = (
    state: ServerOutcome["state"],
    more: { path?: string; reason?: string },
  ): ServerOutcome => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    return { name, version: serverVersions[name], state, seconds, ...more };
  };
  const present = lookForServer(name);
  if (present !== undefined) return outcome("present", { path: present });
  const obstacle = findObstacle(recipes[name]);
  if (obstacle !== undefined) return outcome("left out", { reason: obstacle });
  if (options.lookOnly) return outcome("left out", { reason: "not installed yet" });
  try {
    await make(name, root, options);
    const path = lookForServer(name);
    if (path !== undefined) return outcome("installed", { path });
    return outcome("failed", {
      reason: `${name} was installed, but is not ${serverVersions[name]} or newer`,
    });
  } catch (error) {
    options.signal.throwIfAborted();
    return outcome("failed", { reason: error instanceof Error ? error.message : String(error) });
  }
}

/** What this machine lacks for a recipe, in words; undefined when it lacks nothing. */
function findObstacle(recipe: Recipe): string | undefined {
  return recipe.how === "package" ? whyNoPackages(recipe.debian) : whyNoTools(toolsOf(recipe));
}

function toolsOf(recipe: GoRecipe | CollectorRecipe): readonly BuildTool[] {
  return ["go", ...(recipe.how === "go" ? recipe.needs : [])];
}

async function make(name: ServerName, root: string, options: InstallOptions): Promise<void> {
  const build = openBuildProcess(join(root, `${name}.log`), options.signal);
  const startedAt = performance.now();
  options.tell(`${name} ${serverVersions[name]}: installing; this happens once.`);
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    options.tell(`${name}: ${build.lines()} steps done, ${seconds} s`);
  }, progressEveryMs);
  try {
    await follow(name, recipes[name], root, options, build);
  } finally {
    clearInterval(timer);
  }
}

async function follow(
  name: ServerName,
  recipe: Recipe,
  root: string,
  options: InstallOptions,
  build: BuildProcess,
): Promise<void> {
  if (recipe.how === "package") return installPackages([[recipe.debian]], build);
  const toolchain = await provideTools(toolsOf(recipe), build);
  const folder = await mkdtemp(join(root, `${name}-`));
  const settings: GoSettings = { moduleProxy: readProxy(), jobs: options.jobs, toolchain };
  try {
    const binaries = recipe.how === "go" ? Object.keys(recipe.packages) : ["otelcol-kontor"];
    if (recipe.how === "go") await buildFromModule(recipe, folder, settings, build);
    else await buildCollector(recipe, folder, settings, build);
    await keep(folder, binaries, serverFolder(name));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Moved whole: a cut-off install leaves no folder that looks finished. */
async function keep(from: string, binaries: readonly string[], to: string): Promise<void> {
  const whole = join(from, "whole");
  await mkdir(whole);
  for (const binary of binaries) await rename(join(from, binary), join(whole, binary));
  await chmod(whole, 0o755);
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { recursive: true, force: true });
  await rename(whole, to);
}
