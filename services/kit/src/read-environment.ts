import { readFileSync } from "node:fs";
import { z } from "zod";
import { AppError } from "./errors.ts";

const secretName = /PASSWORD|SECRET|TOKEN|KEY/;

/** A whole number of a bounded range, given as text. */
export const integerVariable = (minimum: number, maximum: number) =>
  z.coerce
    .number({ error: `a whole number from ${minimum} to ${maximum}` })
    .int()
    .min(minimum)
    .max(maximum);

/** `true` or `false`; any other word is an error, so that `FLAG=no` is never read as true. */
export const booleanVariable = () =>
  z.enum(["true", "false"], { error: "true or false" }).transform((text) => text === "true");

/** Base URLs separated by commas, such as the instances of one service; without a trailing slash, never empty. */
export const urlListVariable = () =>
  z
    .string()
    .transform((text) =>
      text
        .split(",")
        .map((url) => url.trim().replace(/\/+$/, ""))
        .filter((url) => url !== ""),
    )
    .pipe(
      z.array(z.url({ protocol: /^https?$/, error: "http:// or https:// URLs, separated by commas" })).min(1),
    );

/** The variables every service reads. */
export const serviceEnvironment = (defaultPort: number) => ({
  HOST: z.string().default("127.0.0.1"),
  PORT: integerVariable(0, 65_535).default(defaultPort),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  SERVICE_VERSION: z.string().default("0.0.0-dev"),
});

type Problem = { variable: string; given: string; problem: string };

/**
 * The environment as typed values. Variables the schema does not name are not looked at; an empty one counts as absent.
 * Each may be given as a file instead, which suits secrets: `POSTGRES_PASSWORD_FILE` names the file with the password, whose
 * last line break does not count.
 *
 * @throws AppError `config.environment` with every problem at once: variable, what was given (secrets hidden), what is allowed
 */
export function readEnvironment<S extends z.ZodObject>(
  schema: S,
  environment: Record<string, string | undefined>,
): z.infer<S> {
  const { given, problems } = readGiven(Object.keys(schema.shape), environment);
  const result = schema.safeParse(given);
  if (result.success && problems.length === 0) return result.data;
  const unread = new Set(problems.map(({ variable }) => variable.replace(/_FILE$/, "")));
  for (const issue of result.error?.issues ?? []) {
    const name = issue.path.length > 0 ? String(issue.path[0]) : "environment";
    if (unread.has(name)) continue;
    const path = environment[`${name}_FILE`];
    const isFromFile = given[name] !== undefined && given[name] !== environment[name];
    const shown = isFromFile ? `read from ${path} (hidden)` : showValue(name, given[name]);
    problems.push({ variable: name, given: shown, problem: issue.message });
  }
  const lines = problems.map((each) => `  ${each.variable}: ${each.given}; allowed: ${each.problem}`);
  throw new AppError("invalid", "config.environment", `The environment is not usable.\n${lines.join("\n")}`, {
    details: { problems },
  });
}

/** What is set, by the variable itself or by a file; and what is wrong with the files. */
function readGiven(
  names: readonly string[],
  environment: Record<string, string | undefined>,
): { given: Record<string, string>; problems: Problem[] } {
  const given: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const name of names) {
    const value = environment[name];
    if (value !== undefined && value !== "") given[name] = value;
    const variable = `${name}_FILE`;
    const path = environment[variable];
    // A schema that names the file itself reads it itself.
    if (path === undefined || path === "" || names.includes(variable)) continue;
    const shown = `given ${JSON.stringify(path)}`;
    if (given[name] !== undefined) {
      problems.push({ variable, given: shown, problem: `one of ${name} and ${variable}, not both` });
      continue;
    }
    try {
      const text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
      if (text === "") problems.push({ variable, given: shown, problem: "a file that is not empty" });
      else given[name] = text;
    } catch (error) {
      const problem = `a file that can be read (${(error as NodeJS.ErrnoException).code})`;
      problems.push({ variable, given: shown, problem });
    }
  }
  return { given, problems };
}

function showValue(name: string, value: string | undefined): string {
  if (value === undefined) return "not set";
  if (secretName.test(name)) return "set (hidden)";
  return `given ${JSON.stringify(value.replace(/\/\/[^/@\s]*@/g, "//***@"))}`;
}
