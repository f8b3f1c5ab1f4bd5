import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { repository } from "../starter/install.mjs";

/** Never broken: they are there to be read, as one value over the whole run. */
const watched = { limit: 3_600_000, windowSeconds: 3_600, minRequests: 1 };

/** What the run is compared by: rules over its whole length, beside the shipped ones. */
export const wholeRunRules = {
  p50: "latencyP50MsMax",
  p99: "latencyP99MsMax",
  allP95: "serviceLatencyP95MsMax",
};

/** The shipped configuration with rules that look at a whole hour. @returns the path of the file written */
export async function writeSteadyConfiguration(folder: string): Promise<string> {
  const shipped = z
    .looseObject({ defaults: z.looseObject({}) })
    .parse(JSON.parse(await readFile(join(repository, "observer_config.json"), "utf8")));
  const rules = Object.values(wholeRunRules).map((rule) => [rule, watched]);
  const { $schema: _, ...rest } = shipped;
  const path = join(folder, "observer_config.json");
  const defaults = { ...shipped.defaults, ...Object.fromEntries(rules) };
  await writeFile(path, JSON.stringify({ ...rest, defaults }, null, 2));
  return path;
}
