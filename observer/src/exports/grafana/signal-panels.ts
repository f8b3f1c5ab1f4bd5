import type { Configuration } from "../../config/configuration.ts";
import { findLimitDefinition, type LimitName } from "../../config/limit-keys.ts";
import { getSignal, type SignalName } from "../../signals/catalogue.ts";
import { compilePromql, subjectLabels } from "../../store/sources/prometheus/compile-promql.ts";
import type { Link, Panel } from "./model.ts";
import { type PanelLimit, toPanelLimit } from "./panel-limits.ts";
import { graph, type StaticLimit, stat } from "./panels.ts";
import { type PrometheusQuery, promql, promqlNow } from "./targets.ts";
import { inEnvironment, ofService, onRoute } from "./variables.ts";

/** Range of a rate in a graph. */
export const perPoint = "$__rate_interval";
/** All of what is looked at, for the numbers of a table. */
export const wholeRange = "$__range";

const { service, instance, method, route } = subjectLabels;

/** How a signal is shown: of which subjects, apart by which labels. */
export interface View {
  readonly matchers: readonly string[];
  /** Those of the signal's subject when left out. */
  readonly by?: readonly string[];
  readonly legend: string;
}

export const perService: View = {
  matchers: [inEnvironment, ofService],
  by: [service],
  legend: `{{${service}}}`,
};

/** Subjects as the signal has them, so that the limit of each can stand beside it. */
export const perSubject: View = { matchers: [inEnvironment, ofService], legend: `{{${service}}}` };

export const perRoute: View = {
  matchers: [inEnvironment, ofService, onRoute],
  legend: `{{${service}}} {{${method}}} {{${route}}}`,
};

export const perInstance: View = {
  matchers: [inEnvironment, ofService],
  by: [service, instance],
  legend: `{{${service}}} {{${instance}}}`,
};

/** A signal as PromQL, whatever of its names a service sends. */
export function signalExpression(
  name: SignalName,
  { matchers, by }: View,
  window: string = perPoint,
): string {
  const options = { window, matchers, names: "all" } as const;
  return compilePromql(getSignal(name), by === undefined ? options : { ...options, by }).value;
}

export function signalQuery(
  name: SignalName,
  view: View,
  more: { readonly exemplars?: boolean; readonly legend?: string } = {},
) {
  return promql(signalExpression(name, view), more.legend ?? view.legend, {
    exemplars: more.exemplars ?? false,
  });
}

export interface SignalPanel {
  readonly title: string;
  readonly description: string;
  readonly view: View;
  readonly links?: readonly Link[];
  readonly exemplars?: boolean;
}

/** A signal over time. */
export function signalGraph(
  name: SignalName,
  { title, description, view, links = [], exemplars = false }: SignalPanel,
): Panel {
  const { unit } = getSignal(name);
  return graph({ title, description, unit, links, queries: [signalQuery(name, view, { exemplars })] });
}

/** A signal over time with its limit: one line where all have the same, else a line for each subject. */
export function limitGraph(configuration: Configuration, key: LimitName, options: SignalPanel): Panel {
  const { title, description, view, links = [], exemplars = false } = options;
  const definition = findLimitDefinition(key);
  if (definition === undefined) throw new Error(`there is no limit ${key}`);
  const name = getSignal(definition.signal).name;
  const limit = toPanelLimit(configuration, key);
  return graph({
    title,
    description,
    unit: definition.unit,
    links,
    limit: toStaticLimit(limit),
    queries: [signalQuery(name, view, { exemplars }), ...toLimitQueries(limit, view)],
  });
}

export function toStaticLimit(limit: PanelLimit | undefined): StaticLimit | undefined {
  if (limit?.everywhere === undefined) return undefined;
  return { limit: limit.everywhere, bound: limit.definition.bound };
}

function toLimitQueries(limit: PanelLimit | undefined, { matchers, legend }: View): PrometheusQuery[] {
  if (limit === undefined || limit.everywhere !== undefined) return [];
  return [promql(limit.toVector({ window: perPoint, matchers }), `limit ${legend}`)];
}

/**
 * How much of its limit each subject uses, 1 being the limit: numbers of different kinds in one colour.
 *
 * @returns undefined where the file sets no such limit
 */
export function limitUse(
  configuration: Configuration,
  key: LimitName,
  view: View,
  window: string,
): string | undefined {
  const limit = toPanelLimit(configuration, key);
  if (limit === undefined) return undefined;
  const { matchers } = view;
  const signal = getSignal(limit.definition.signal);
  const { value } = compilePromql(signal, { window, matchers, names: "all" });
  if (limit.everywhere !== undefined) return `(${value}) / ${limit.everywhere}`;
  return `(${value}) / (${limit.toVector({ window, matchers })})`;
}

/** The worst of the chosen subjects now, coloured by its limit where all have the same. */
export function worstStat(
  configuration: Configuration,
  key: LimitName,
  { title, description, view }: SignalPanel,
): Panel {
  const definition = findLimitDefinition(key);
  if (definition === undefined) throw new Error(`there is no limit ${key}`);
  const worst = definition.bound === "max" ? "max" : "min";
  const value = signalExpression(getSignal(definition.signal).name, view);
  return stat({
    title,
    description,
    unit: definition.unit,
    limit: toStaticLimit(toPanelLimit(configuration, key)),
    queries: [promqlNow(`${worst}(${value})`)],
  });
}
