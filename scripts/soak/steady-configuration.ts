import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { repository } from "../starter/install.mjs";

/** Rules look back over one hour at most, so that a longer run is counted in parts. */
const partSecondsMax = 1_500;
/** From the end of a part until it is counted, and its setup before it. */
const slackSeconds = 60;
/** Between parts, so that the window over one holds nothing of the one before. */
export const restBetweenSeconds = 90;

/** @returns the lengths of equal parts, in seconds; one for a run that is short enough */
export function toParts(seconds: number): number[] {
  const count = Math.ceil(seconds / partSecondsMax);
  return Array.from({ length: count }, () => seconds / count);
}

/** What a part is compared by: rules over its whole length, beside the shipped ones. */
export const wholePartRules = {
  p50: "latencyP50MsMax",
  p99: "latencyP99MsMax",
  allP95: "serviceLatencyP95MsMax",
};

/** The shipped configuration with rules that look at a whole part. @returns the path of the file written */
export async function writeSteadyConfiguration(folder: string, partSeconds: number): Promise<string> {
  // Never broken: they are there to be read, as one value over the whole part.
  const watched = {
    limit: 3_600_000,
    windowSeconds: Math.ceil(partSeconds) + slackSeconds,
    minRequests: 1,
  };
  const shipped = z
    .looseObject({ defaults: z.looseObject({}) })
    .parse(JSON.parse(await readFile(join(repository, "observer_config.json"), "utf8")));
  const rules = Object.values(wholePartRules).map((rule) => [rule, watched]);
  const { $schema: _, ...rest } = shipped;
  const path = join(folder, "observer_config.json");
  const defaults = { ...shipped.defaults, ...Object.fromEntries(rules) };
  await writeFile(path, JSON.stringify({ ...rest, defaults }, null, 2));
  return path;
}
