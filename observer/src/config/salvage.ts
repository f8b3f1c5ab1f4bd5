import { nearestName } from "@kontor/kit/nearest-name";
import type { z } from "zod";
import { counterLimitKeys, limitKeyNames, limitKeys } from "./limit-keys.ts";
import { formatPath, type PathPart } from "./problem.ts";
import { type ConfigurationInput, configurationSchema } from "./schema.ts";
import { matchingBranch } from "./to-problems.ts";
import { valueAt } from "./value-at.ts";

type Issue = z.core.$ZodIssue;

/** What is left of a file after the values that the schema refused were taken out. */
export interface Salvage {
  readonly input: ConfigurationInput;
  /** Paths that lost a value: what is said about one may be a consequence only. */
  readonly doubtful: ReadonlySet<string>;
}

/**
 * Takes the refused values out, so that contradictions among the others are told in the same answer.
 *
 * @returns undefined where nothing useful is left
 */
export function salvage(value: unknown, issues: readonly Issue[]): Salvage | undefined {
  const rest = structuredClone(value);
  const doubtful = new Set<string>();
  for (const issue of issues) takeOut(value, rest, issue, [], doubtful);
  const parsed = configurationSchema.safeParse(rest);
  return parsed.success ? { input: parsed.data, doubtful } : undefined;
}

function takeOut(
  value: unknown,
  rest: unknown,
  issue: Issue,
  parent: readonly PathPart[],
  doubtful: Set<string>,
): void {
  const path = [...parent, ...(issue.path as PathPart[])];
  if (issue.code === "unrecognized_keys") {
    for (const key of issue.keys) {
      remove(rest, [...path, key]);
      doubtful.add(formatPath(isLimitKey(path.at(-1)) ? path : [...path, toMeant(key)]));
    }
    return;
  }
  if (issue.code === "invalid_union") {
    const inner = matchingBranch(issue, valueAt(value, path)) ?? [];
    // A limit whose only fault is a key too much still says what it says.
    if (inner.length > 0 && inner.every(({ code }) => code === "unrecognized_keys")) {
      for (const each of inner) takeOut(value, rest, each, path, doubtful);
      return;
    }
  }
  const whole = toWhole(path);
  doubtful.add(formatPath(whole));
  // A service that is wrong as a whole is still a service that others may depend on.
  const isService = whole.length === 2 && whole[0] === "services" && issue.code !== "invalid_key";
  if (isService) replace(rest, whole, {});
  else remove(rest, whole);
}

/** The key that a misspelt one was probably meant to be. */
function toMeant(key: string): string {
  return nearestName(key, [...limitKeyNames, "healthUrl"]) ?? key;
}

/** A limit goes with all its fields, a list with all its items: half of one would look like another mistake. */
function toWhole(path: readonly PathPart[]): readonly PathPart[] {
  const end = path.findIndex((part, index) => isLimitKey(part) || typeof path[index + 1] === "number");
  return end < 0 ? path : path.slice(0, end + 1);
}

function isLimitKey(part: PathPart | undefined): boolean {
  return (
    typeof part === "string" && (Object.hasOwn(limitKeys, part) || Object.hasOwn(counterLimitKeys, part))
  );
}

function remove(value: unknown, path: readonly PathPart[]): void {
  const parent = valueAt(value, path.slice(0, -1));
  const last = path.at(-1);
  if (isObject(parent) && last !== undefined) delete parent[last];
}

function replace(value: unknown, path: readonly PathPart[], by: unknown): void {
  const parent = valueAt(value, path.slice(0, -1));
  const last = path.at(-1);
  if (isObject(parent) && last !== undefined) parent[last] = by;
}

function isObject(value: unknown): value is Record<PathPart, unknown> {
  return typeof value === "object" && value !== null;
}
