import type { ResolvedLimit } from "./configuration.ts";
import {
  type CounterLimitKeyName,
  counterDefinitions,
  counterLimitKeyNames,
  type LimitKeyDefinition,
  type LimitKeyName,
  limitKeyNames,
  limitKeys,
  toLimitName,
} from "./limit-keys.ts";
import type { LevelInput, LimitInput } from "./schema.ts";
import { type LimitFieldName, limitFields, type Severity } from "./settings.ts";

/** One place that limits are inherited from, with its path in the file. */
export interface Level {
  readonly path: string;
  readonly input: LevelInput;
}

/** A key as it is written in the file. */
export type LimitInputKey = LimitKeyName | CounterLimitKeyName;

type LimitObject = Exclude<LimitInput, number | null | undefined>;

/**
 * Every limit of one level that holds, each field taken from the nearest place that names it.
 *
 * @param levels nearest first: endpoint, service, defaults
 * @param level `service` or `route`: which keys are asked for
 */
export function resolveLimits(levels: readonly Level[], level: "service" | "route"): ResolvedLimit[] {
  return limitKeyNames
    .filter((key) => limitKeys[key].level === level)
    .map((key) => resolveLimit(levels, key, limitKeys[key]))
    .filter((limit) => limit !== undefined);
}

/** The limits on one counter. @param levels nearest first: the counter, its service, defaults */
export function resolveCounterLimits(levels: readonly Level[], metric: string): ResolvedLimit[] {
  const definitions = counterDefinitions(metric);
  return counterLimitKeyNames
    .map((key) => resolveLimit(levels, key, definitions[key]))
    .filter((limit) => limit !== undefined);
}

/** @returns undefined where no level sets the limit, or the nearest that speaks of it switches it off */
export function resolveLimit(
  levels: readonly Level[],
  key: LimitInputKey,
  definition: LimitKeyDefinition,
): ResolvedLimit | undefined {
  const holder = findHolder(levels, key);
  if (holder === undefined) return undefined;
  const { index, limit } = holder;
  const field = (name: LimitFieldName) => nearestField(levels, key, name) ?? limitFields[name].default;
  return {
    key: toLimitName(key, definition),
    definition,
    limit,
    clear:
      nearestClear(levels.slice(0, index + 1), key) ?? defaultClear(definition, limit, field("clearRatio")),
    windowSeconds: field("windowSeconds"),
    forSeconds: field("forSeconds"),
    keepFiringSeconds: field("keepFiringSeconds"),
    minRequests: definition.restsOnRequests ? field("minRequests") : 1,
    severity: nearestSeverity(levels, key) ?? naturalSeverity(levels, definition),
    path: `${levels[index]?.path}.${key}`,
  };
}

/** The nearest level that says how high the limit is. */
function findHolder(
  levels: readonly Level[],
  key: LimitInputKey,
): { index: number; limit: number } | undefined {
  for (const [index, { input }] of levels.entries()) {
    const value = input[key];
    if (value === null) return undefined;
    const limit = typeof value === "number" ? value : value?.limit;
    if (limit !== undefined) return { index, limit };
  }
  return undefined;
}

/** `clear` belongs to its limit: one that was written for a limit further out does not reach past a nearer limit. */
function nearestClear(levels: readonly Level[], key: LimitInputKey): number | undefined {
  return levels.map(({ input }) => asObject(input[key])?.clear).find((clear) => clear !== undefined);
}

/**
 * Ten percent inside the limit, by the default `clearRatio` of 0.9. A ratio that must not fall below its limit is measured by its
 * distance to 1, so that 0.95 clears at 0.955 and never above 1.
 */
export function defaultClear(
  { bound, unit }: Pick<LimitKeyDefinition, "bound" | "unit">,
  limit: number,
  clearRatio: number,
): number {
  if (bound === "max") return tidy(limit * clearRatio);
  return tidy(unit === "ratio" ? 1 - (1 - limit) * clearRatio : limit / clearRatio);
}

/** 0.63 instead of 0.6299999999999999, which is shown to people. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

function nearestField(
  levels: readonly Level[],
  key: LimitInputKey,
  name: LimitFieldName,
): number | undefined {
  for (const { input } of levels) {
    const value = asObject(input[key])?.[name] ?? input[name];
    if (value !== undefined) return value;
  }
  return undefined;
}

function nearestSeverity(levels: readonly Level[], key: LimitInputKey): Severity | undefined {
  for (const { input } of levels) {
    const value = asObject(input[key])?.severity ?? input.severity;
    if (value !== undefined) return value;
  }
  return undefined;
}

function naturalSeverity(levels: readonly Level[], { tells }: LimitKeyDefinition): Severity {
  return tells === "symptom" && isCritical(levels) ? "critical" : "warning";
}

export function isCritical(levels: readonly Level[]): boolean {
  return levels.find(({ input }) => input.critical !== undefined)?.input.critical ?? false;
}

function asObject(value: LimitInput): LimitObject | undefined {
  return typeof value === "object" && value !== null ? value : undefined;
}
