import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readConfiguration } from "@kontor/observer/config/read-configuration";
import { toGrafanaFiles } from "@kontor/observer/exports/grafana/to-grafana-files";
import type { GeneratedFile } from "./generated/generated-file.ts";
import { repository } from "./starter/install.mjs";

/** Holds nothing but what is made here. */
export const dashboardFolder = "dashboards";

/**
 * What Grafana is given, made from the shipped configuration.
 *
 * @returns paths from the root of the repository
 * @throws Error when `observer_config.json` has mistakes: `npx kontor check` lists them
 */
export async function makeDashboards(): Promise<GeneratedFile[]> {
  const text = await readFile(join(repository, "observer_config.json"), "utf8");
  // Addresses of health pages are not in it, so the environment does not matter.
  const reading = readConfiguration(text, { environment: {} });
  if (!reading.ok) throw new Error("observer_config.json has mistakes: run `npx kontor check`.");
  return toGrafanaFiles(reading.configuration).map((file) => ({
    path: `${dashboardFolder}/${file.path}`,
    text: file.text,
  }));
}
