import type { Configuration } from "../../config/configuration.ts";
import { findLimitDefinition, type LimitKeyDefinition, type LimitName } from "../../config/limit-keys.ts";
import { getSignal } from "../../signals/catalogue.ts";
import { isNoneOf, isOneOf } from "../../store/sources/influxdb/flux.ts";
import { compilePromql } from "../../store/sources/prometheus/compile-promql.ts";
import { routeAttributes } from "../../store/sources/subject-attributes.ts";
import { groupLimits, type SubjectSelector } from "../limit-groups.ts";
import { toRawSelections } from "../route-matchers.ts";

/** What a panel draws of a limit. */
export interface PanelLimit {
  readonly key: LimitName;
  readonly definition: LimitKeyDefinition;
  /** The number, where all subjects have the same one. */
  readonly everywhere: number | undefined;
  /** The limit of each subject as a vector, from the numbers of the file. */
  toVector(options: VectorOptions): string;
  /** The same as an expression of Flux over a record `r`: a float, or null where a subject has no limit. */
  toFluxExpression(): string;
}

export interface VectorOptions {
  /** Range of the count that says which subjects there are. */
  readonly window: string;
  readonly matchers: readonly string[];
}

/** @returns undefined where the file sets no such limit for anybody */
export function toPanelLimit(configuration: Configuration, key: LimitName): PanelLimit | undefined {
  const definition = findLimitDefinition(key);
  // By the number alone: a picture says nothing of how long a breach must last.
  const groups = groupLimits(configuration, ({ key: name, limit }) => `${name} ${limit}`).filter(
    ({ limit }) => limit.key === key,
  );
  if (definition === undefined || groups.length === 0) return undefined;
  const terms = groups
    .flatMap(({ limit, selectors }) => selectors.map((selector) => toTerm(limit.limit, selector)))
    .toSorted((a, b) => b.nearness - a.nearness);
  const numbers = new Set(terms.map(({ limit }) => limit));
  const [first] = numbers;
  return {
    key,
    definition,
    everywhere: numbers.size === 1 && coversAll(configuration, key) ? first : undefined,
    toVector: (options) => toVector(definition, terms, options),
    toFluxExpression: () => toFluxExpression(terms),
  };
}

/** Whether nobody has switched the limit off. */
function coversAll({ unnamedService, services }: Configuration, key: LimitName): boolean {
  const levels = [
    [...unnamedService.limits, ...unnamedService.routeLimits],
    ...[...services.values()].flatMap(({ limits, routeLimits, endpoints }) => [
      [...limits, ...routeLimits],
      ...[...endpoints.values()].map((endpoint) => [...limits, ...endpoint.limits]),
    ]),
  ];
  // Nobody is polled who has no healthUrl, and a counter belongs to who sends it.
  const isEverybodys = key !== "availabilityRatioMin" && !key.includes(".");
  return !isEverybodys || levels.every((limits) => limits.some((limit) => limit.key === key));
}

interface Term {
  readonly limit: number;
  readonly selector: SubjectSelector;
  /** The nearest wins: one endpoint before one service before all. */
  readonly nearness: number;
}

function toTerm(limit: number, selector: SubjectSelector): Term {
  const { services, routes } = selector;
  const nearness = routes !== undefined && !routes.all ? 2 : services.all ? 0 : 1;
  return { limit, selector, nearness };
}

function toVector(
  definition: LimitKeyDefinition,
  terms: readonly Term[],
  { window, matchers }: VectorOptions,
): string {
  const signal = getSignal(definition.signal);
  const counted = (more: readonly string[]) =>
    compilePromql(signal, { window, matchers: [...matchers, ...more], names: "all" }).count;
  const vectors = terms.flatMap(({ limit, selector }) =>
    toRawSelections(selector).map((selection) => `((${counted(selection.matchers)}) * 0 + ${limit})`),
  );
  return vectors.join(" or ");
}

function toFluxExpression(terms: readonly Term[]): string {
  const cases = terms.map(({ limit, selector }) => `if ${toFluxTest(selector)} then ${toFloat(limit)} else `);
  return `${cases.join("")}debug.null(type: "float")`;
}

function toFluxTest({ services, routes }: SubjectSelector): string {
  const tests = [
    ...(services.names.length === 0
      ? []
      : [(services.all ? isNoneOf : isOneOf)("service.name", services.names)]),
    ...(routes === undefined || routes.all ? [] : [`(${routes.names.map(toFluxRoute).join(" or ")})`]),
  ];
  return tests.length === 0 ? "true" : tests.join(" and ");
}

function toFluxRoute(name: string): string {
  const at = name.indexOf(" ");
  const [methodName, routeName] = routeAttributes;
  return `(${isOneOf(methodName, [name.slice(0, at)])} and ${isOneOf(routeName, [name.slice(at + 1)])})`;
}

function toFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
