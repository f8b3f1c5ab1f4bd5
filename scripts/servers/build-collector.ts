import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { collectorManifest } from "@kontor/kit/testing/servers/find-server";
import { type GoSettings, goEnvironment, jobArgs } from "./build-from-module.ts";
import type { BuildProcess } from "./build-process.ts";
import type { CollectorRecipe } from "./recipes.ts";

/** Builds the distribution of otel-collector/builder-config.yaml with the collector's own builder. */
export async function buildCollector(
  recipe: CollectorRecipe,
  folder: string,
  settings: GoSettings,
  build: BuildProcess,
): Promise<void> {
  const output = join(folder, "out");
  const manifest = await readFile(collectorManifest, "utf8");
  await writeFile(
    join(folder, "manifest.yaml"),
    manifest.replace(/^( *output_path:).*$/m, (_, key) => `${key} ${JSON.stringify(output)}`),
  );
  const environment = { ...goEnvironment(settings), GOBIN: folder };
  // Outside of any module `-mod` is refused.
  const install = { ...environment, GOFLAGS: "-buildvcs=false -trimpath" };
  const installArgs = ["install", ...jobArgs(settings), recipe.builder];
  await build.run({ program: "go", args: installArgs, cwd: folder, environment: install });
  const jobs = settings.jobs === undefined ? "" : ` -p=${settings.jobs}`;
  await build.run({
    program: join(folder, "builder"),
    // The parts are of several versions; the manifest says why.
    args: ["--skip-strict-versioning", "--ldflags=-s -w", "--config", "manifest.yaml"],
    cwd: folder,
    environment: { ...environment, GOFLAGS: `-buildvcs=false -trimpath${jobs}` },
  });
  await rename(join(output, "otelcol-kontor"), join(folder, "otelcol-kontor"));
}
