import { findMetricReader } from "../signals/catalogue.ts";
import { checkDependencies, checkNames } from "./check-names.ts";
import type { JsonDocument } from "./json-document.ts";
import { counterDefinitions, type LimitKeyDefinition, limitKeys } from "./limit-keys.ts";
import { type ConfigurationProblem, describeGiven, formatPath, type PathPart } from "./problem.ts";
import { type Level, type LimitInputKey, resolveLimit } from "./resolve-limits.ts";
import type { ConfigurationInput, LevelInput } from "./schema.ts";

/** A level with its place, the levels it inherits from, and those that inherit from it. */
interface Place {
  readonly path: readonly PathPart[];
  readonly input: LevelInput;
  readonly outer: readonly Level[];
  readonly inner: readonly LevelInput[];
  /** The limits that may stand here. */
  readonly definitions: ReadonlyMap<LimitInputKey, LimitKeyDefinition>;
}

const ownDefinitions = toMap(limitKeys);

export type Report = (
  path: readonly PathPart[],
  problem: Pick<ConfigurationProblem, "message" | "allowed"> & {
    given?: unknown;
    suggestion?: string | undefined;
  },
) => void;

/**
 * What no single value shows: values that contradict each other, and names that lead nowhere.
 *
 * @param doubtful paths about which nothing is said that may be a consequence, because a value of theirs was already refused
 */
export function findImpossible(
  document: JsonDocument,
  input: ConfigurationInput,
  doubtful: ReadonlySet<string>,
): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const report: Report = (path, { given, suggestion, ...problem }) =>
    problems.push({
      ...document.positionOf(path),
      path: formatPath(path),
      ...problem,
      given: describeGiven(given),
      suggestion,
    });

  for (const place of toPlaces(input)) {
    for (const [key, definition] of place.definitions)
      checkLimit(place, key, definition, { report, doubtful });
    checkPairs(place, { report, doubtful });
  }
  for (const [name, service] of Object.entries(input.services)) {
    const path = ["services", name, "availabilityRatioMin"];
    const isDoubtful = doubtful.has(formatPath(["services", name, "healthUrl"]));
    if (service.availabilityRatioMin != null && service.healthUrl === undefined && !isDoubtful) {
      report(path, {
        message: "never has data",
        given: service.availabilityRatioMin,
        allowed: `a healthUrl for ${name} besides it`,
      });
    }
  }
  checkCounters(input, report);
  checkDependencies(document.value, report);
  checkNames(document.value, ["alerts", "receivers"], report);
  checkNames(document.value, ["reports"], report);
  checkTraceBuffer(input, { report, doubtful });
  return problems;
}

function toPlaces(input: ConfigurationInput): Place[] {
  const services = Object.entries(input.services);
  const defaults: Level = { path: "defaults", input: input.defaults };
  const allInner = services.flatMap(([, service]) => [service, ...Object.values(service.endpoints ?? {})]);
  return [
    {
      path: ["defaults"],
      input: input.defaults,
      outer: [],
      inner: allInner,
      definitions: ownDefinitions,
    },
    ...services.flatMap(([name, service]): Place[] => {
      const path = ["services", name];
      const endpoints = Object.entries(service.endpoints ?? {});
      const outer: Level[] = [{ path: formatPath(path), input: service }, defaults];
      return [
        {
          path,
          input: service,
          outer: [defaults],
          inner: endpoints.map(([, endpoint]) => endpoint),
          definitions: ownDefinitions,
        },
        ...Object.entries(service.counters ?? {}).map(([metric, counter]) => ({
          path: [...path, "counters", metric],
          input: counter,
          outer,
          inner: [],
          definitions: toMap(counterDefinitions(metric)),
        })),
        ...endpoints.map(([route, endpoint]) => ({
          path: [...path, "endpoints", route],
          input: endpoint,
          outer,
          inner: [],
          definitions: ownDefinitions,
        })),
      ];
    }),
  ];
}

function toMap(
  definitions: Readonly<Record<string, LimitKeyDefinition>>,
): Map<LimitInputKey, LimitKeyDefinition> {
  return new Map(Object.entries(definitions) as [LimitInputKey, LimitKeyDefinition][]);
}

interface Checking {
  readonly report: Report;
  readonly doubtful: ReadonlySet<string>;
}

function checkLimit(
  place: Place,
  key: LimitInputKey,
  definition: LimitKeyDefinition,
  { report, doubtful }: Checking,
): void {
  const value = place.input[key];
  if (typeof value !== "object" || value === null) return;
  const path = [...place.path, key];
  if (value.minRequests !== undefined && !definition.restsOnRequests) {
    report([...path, "minRequests"], {
      message: `has no meaning here: ${key} does not rest on requests`,
      given: value.minRequests,
      allowed: "nothing; leave it out",
    });
  }
  const levels = toLevels(place);
  if (value.limit === undefined && isDoubtfulAt(levels, key, doubtful)) return;
  const resolved = resolveLimit(levels, key, definition);
  if (resolved === undefined) {
    const setFurtherIn = place.inner.some(
      ({ [key]: inner }) => typeof inner === "number" || inner?.limit !== undefined,
    );
    const lostFurtherIn = [...doubtful].some((lost) => lost.endsWith(`.${key}`));
    if (!setFurtherIn && !lostFurtherIn)
      report(path, { message: "limits nothing", given: value, allowed: '"limit" here or further out' });
    return;
  }
  const { clear, limit } = resolved;
  if (value.clear === undefined) return;
  if (definition.bound === "max" ? clear > limit : clear < limit) {
    const side = definition.bound === "max" ? "at most" : "at least";
    report([...path, "clear"], {
      message: "is on the wrong side of the limit",
      given: clear,
      allowed: `${side} ${limit}, the limit`,
    });
  }
}

/** Two bounds of one signal between which nothing fits. */
/** Whether it lost a value here or where it is inherited from. */
function isDoubtfulAt(levels: readonly Level[], key: LimitInputKey, doubtful: ReadonlySet<string>): boolean {
  return doubtful.size > 0 && levels.some(({ path }) => doubtful.has(`${path}.${key}`));
}

function checkPairs(place: Place, { report, doubtful }: Checking): void {
  const definitions = [...place.definitions];
  for (const [minKey, minimum] of definitions.filter(([, { bound }]) => bound === "min")) {
    const [maxKey, maximum] =
      definitions.find(([, { bound, signal }]) => bound === "max" && signal === minimum.signal) ?? [];
    if (maxKey === undefined || maximum === undefined) continue;
    if (place.input[minKey] == null && place.input[maxKey] == null) continue;
    const levels = toLevels(place);
    if (isDoubtfulAt(levels, minKey, doubtful) || isDoubtfulAt(levels, maxKey, doubtful)) continue;
    const min = resolveLimit(levels, minKey, minimum);
    const max = resolveLimit(levels, maxKey, maximum);
    if (min === undefined || max === undefined || min.limit <= max.limit) continue;
    const key = place.input[minKey] == null ? maxKey : minKey;
    report([...place.path, key], {
      message: `contradicts ${key === minKey ? max.path : min.path}`,
      given: place.input[key],
      allowed: key === minKey ? `at most ${max.limit}` : `at least ${min.limit}`,
    });
  }
}

function toLevels(place: Place): Level[] {
  return [{ path: formatPath(place.path), input: place.input }, ...place.outer];
}

/** A metric is read by one signal: what the catalogue reads has a limit of its own. */
function checkCounters({ services }: ConfigurationInput, report: Report): void {
  for (const [name, { counters = {} }] of Object.entries(services)) {
    for (const metric of Object.keys(counters)) {
      const reader = findMetricReader(metric);
      if (reader === undefined) continue;
      report(["services", name, "counters", metric], {
        message: `is read by the signal ${reader} already`,
        allowed: "a metric that no signal of the catalogue reads",
      });
    }
  }
}

function checkTraceBuffer({ traceBuffer }: ConfigurationInput, { report, doubtful }: Checking): void {
  const atMost = (key: keyof typeof traceBuffer, other: keyof typeof traceBuffer) => {
    if (doubtful.has(`traceBuffer.${key}`) || doubtful.has(`traceBuffer.${other}`)) return;
    if (traceBuffer[key] <= traceBuffer[other]) return;
    report(["traceBuffer", key], {
      message: `is more than traceBuffer.${other}`,
      given: traceBuffer[key],
      allowed: `at most ${traceBuffer[other]}`,
    });
  };
  atMost("quietMs", "ageMsMax");
  atMost("spansPerTraceMax", "spansMax");
}
