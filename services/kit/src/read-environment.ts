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

/**
 * The environment as typed values. Variables the schema does not name are not looked at; an empty one counts as absent.
 *
 * @throws AppError `config.environment` with every problem at once: variable, what was given (secrets hidden), what is allowed
 */
export function readEnvironment<S extends z.ZodObject>(
  schema: S,
  environment: Record<string, string | undefined>,
): z.infer<S> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = environment[name];
    if (value !== undefined && value !== "") given[name] = value;
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.length > 0 ? String(issue.path[0]) : "environment";
    return { variable: name, given: showValue(name, given[name]), problem: issue.message };
  });
  const lines = problems.map((each) => `  ${each.variable}: ${each.given}; allowed: ${each.problem}`);
  throw new AppError("invalid", "config.environment", `The environment is not usable.\n${lines.join("\n")}`, {
    details: { problems },
  });
}

function showValue(name: string, value: string | undefined): string {
  if (value === undefined) return "not set";
  if (secretName.test(name)) return "set (hidden)";
  return `given ${JSON.stringify(value.replace(/\/\/[^/@\s]*@/g, "//***@"))}`;
}
