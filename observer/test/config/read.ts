import type { Configuration } from "../../src/config/configuration.ts";
import type { Environment } from "../../src/config/interpolate.ts";
import { type ConfigurationProblem, formatProblem } from "../../src/config/problem.ts";
import { readConfiguration } from "../../src/config/read-configuration.ts";

/** The configuration of a file that must be in order. */
export function readGood(input: object | string, environment: Environment = {}): Configuration {
  const text = typeof input === "string" ? input : JSON.stringify(input);
  const reading = readConfiguration(text, { environment });
  if (!reading.ok)
    throw new Error(reading.problems.map((problem) => formatProblem("test", problem)).join("\n"));
  return reading.configuration;
}

/** The problems of a file that must have some. */
export function readBad(
  input: object | string,
  environment: Environment = {},
): readonly ConfigurationProblem[] {
  const text = typeof input === "string" ? input : JSON.stringify(input);
  const reading = readConfiguration(text, { environment });
  if (reading.ok) throw new Error("the file was taken as good");
  return reading.problems;
}
