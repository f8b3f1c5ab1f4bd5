import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@kontor/kit/errors";
import { readConfiguration } from "@kontor/observer/config/read-configuration";
import { repository } from "../starter/install.mjs";

/**
 * The limit that the shipped configuration sets to the p95 of every route: a load is kept up with as long as it holds.
 *
 * @returns ms
 * @throws AppError `cli.argument` when the configuration has mistakes, or sets none
 */
export async function readP95Limit(environment: Record<string, string | undefined>): Promise<number> {
  const path = join(repository, "observer_config.json");
  const reading = readConfiguration(await readFile(path, "utf8"), { environment });
  const limits = reading.ok ? reading.configuration.unnamedService.routeLimits : [];
  const limit = limits.find(({ key }) => key === "latencyP95MsMax")?.limit;
  if (limit !== undefined) return limit;
  const message = `${path} sets no latencyP95MsMax under defaults. Say with --p95-ms what the p95 may be.`;
  throw new AppError("invalid", "cli.argument", message);
}
