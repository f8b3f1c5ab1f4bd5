import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@kontor/kit/errors";
import type { Environment } from "../../config/interpolate.ts";
import { formatProblem } from "../../config/problem.ts";
import { readConfiguration } from "../../config/read-configuration.ts";

/** The limits that mean the same for services of every kind; they are copied from the configuration that Kontor ships with. */
const commonLimits = ["latencyP95MsMax", "errorRatioMax", "cpuRatioMax"] as const;
const shipped = new URL("../../../../observer_config.json", import.meta.url);

/** Enough to begin with, for an error message. */
export const minimalConfiguration =
  '{ "services": { "<service.name>": { "endpoints": { "GET /<route>": { "latencyP95MsMax": <ms> } } } } }';

/**
 * The configuration to observe by: the file that is named, else one in the data folder, made at the first start with the limits that
 * suit every service.
 *
 * @returns its path; it has been read once, so it is in order
 * @throws AppError `configuration.unreadable`, `configuration.invalid` with every mistake at once
 */
export async function findConfiguration(
  named: string | undefined,
  folder: string,
  environment: Environment,
): Promise<string> {
  const path = named ?? join(folder, "observer_config.json");
  if (named === undefined && !(await exists(path))) {
    await writeFile(
      path,
      `${JSON.stringify({ defaults: await readCommonLimits(), services: {} }, null, 2)}\n`,
    );
  }
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    const message = `${path} cannot be read: ${cause.message}. Leave --config out to begin with defaults, or write a file; {} is valid, and so is ${minimalConfiguration}`;
    throw new AppError("invalid", "configuration.unreadable", message, { cause });
  });
  const reading = readConfiguration(text, { environment });
  if (reading.ok) return path;
  const problems = reading.problems.map((problem) => formatProblem(path, problem)).join("\n");
  const message = `${path} has ${reading.problems.length} mistake(s):\n${problems}`;
  throw new AppError("invalid", "configuration.invalid", message);
}

/** None where the shipped file is not there, as in an installation of the observer alone. */
async function readCommonLimits(): Promise<Record<string, unknown>> {
  const text = await readFile(shipped, "utf8").catch(() => "{}");
  const { defaults = {} } = JSON.parse(text) as { defaults?: Record<string, unknown> };
  return Object.fromEntries(
    commonLimits.flatMap((key) => (defaults[key] === undefined ? [] : [[key, defaults[key]]])),
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
