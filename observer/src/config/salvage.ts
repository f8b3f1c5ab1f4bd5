import type { z } from "zod";
import { counterLimitKeys, limitKeys } from "./limit-keys.ts";
import type { PathPart } from "./problem.ts";
import type { LimitInputKey } from "./resolve-limits.ts";
import { type ConfigurationInput, configurationSchema } from "./schema.ts";

/** What is left of a file after the values that the schema refused were taken out. */
export interface Salvage {
  readonly input: ConfigurationInput;
  /** Limits that lost a value somewhere: what is said about them may be a consequence only. */
  readonly doubtful: ReadonlySet<string>;
}

/**
 * Takes the refused values out, so that contradictions among the others are told in the same answer.
 *
 * @returns undefined where nothing useful is left
 */
export function salvage(value: unknown, issues: readonly z.core.$ZodIssue[]): Salvage | undefined {
  const rest = structuredClone(value);
  const doubtful = new Set<string>();
  for (const issue of issues) {
    const path = issue.path as PathPart[];
    const refused = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
    for (const whole of refused.map(toWhole)) {
      const key = whole.at(-1);
      if (isLimitKey(key)) doubtful.add(key);
      remove(rest, whole);
    }
  }
  const parsed = configurationSchema.safeParse(rest);
  return parsed.success ? { input: parsed.data, doubtful } : undefined;
}

/** A limit goes with all its fields, a list with all its items: half of one would look like another mistake. */
function toWhole(path: readonly PathPart[]): readonly PathPart[] {
  const end = path.findIndex((part, index) => isLimitKey(part) || typeof path[index + 1] === "number");
  return end < 0 ? path : path.slice(0, end + 1);
}

function isLimitKey(part: PathPart | undefined): part is LimitInputKey {
  return (
    typeof part === "string" && (Object.hasOwn(limitKeys, part) || Object.hasOwn(counterLimitKeys, part))
  );
}

function remove(value: unknown, path: readonly PathPart[]): void {
  let parent = value;
  for (const part of path.slice(0, -1)) parent = isObject(parent) ? parent[part] : undefined;
  const last = path.at(-1);
  if (!isObject(parent) || last === undefined) return;
  // A service that is wrong as a whole is still a service that others may depend on.
  if (path.length === 2 && path[0] === "services") parent[last] = {};
  else delete parent[last];
}

function isObject(value: unknown): value is Record<PathPart, unknown> {
  return typeof value === "object" && value !== null;
}
