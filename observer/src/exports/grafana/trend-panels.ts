import type { Configuration } from "../../config/configuration.ts";
import { findLimitDefinition, type LimitName } from "../../config/limit-keys.ts";
import { getSignal, type SignalName } from "../../signals/catalogue.ts";
import { compileFlux } from "../../store/sources/influxdb/compile-flux.ts";
import { routeAttributes, serviceAttributes } from "../../store/sources/subject-attributes.ts";
import type { Panel } from "./model.ts";
import { type PanelLimit, toPanelLimit } from "./panel-limits.ts";
import { fluxTable, graph } from "./panels.ts";
import { toStaticLimit } from "./signal-panels.ts";
import { flux } from "./targets.ts";

/** Panels over weeks, from InfluxDB, which keeps what Prometheus has dropped by then. */

const [environmentName, , serviceName] = serviceAttributes;

/** What the reader has chosen. The bucket is that of the data source. */
const asChosen = {
  bucket: "v.defaultBucket",
  start: "v.timeRangeStart",
  stop: "v.timeRangeStop",
  every: "v.windowPeriod",
  filters: [
    `r[${JSON.stringify(environmentName)}] =~ /^\${environment:regex}$/`,
    `r[${JSON.stringify(serviceName)}] =~ /^\${service:regex}$/`,
  ],
};

const fieldLabel = (name: string) => `\${__field.labels[${JSON.stringify(name)}]}`;

export interface TrendOptions {
  readonly title: string;
  readonly description: string;
}

/** A signal over weeks, by service. */
export function trend(name: SignalName, { title, description }: TrendOptions): Panel {
  const query = compileFlux(getSignal(name), { ...asChosen, by: [serviceName] });
  const { unit } = getSignal(name);
  return graph({ title, description, unit, queries: [flux(query)], displayName: fieldLabel(serviceName) });
}

/** A signal over weeks against its limit, subject by subject. */
export function limitTrend(
  configuration: Configuration,
  key: LimitName,
  { title, description }: TrendOptions,
): Panel {
  const { definition, signal, limit } = read(configuration, key);
  const query = compileFlux(signal, asChosen);
  const isPerRoute = signal.dimensions.includes("route");
  const names = [serviceName, ...(isPerRoute ? routeAttributes : [])];
  const queries = [flux(query)];
  if (limit !== undefined && limit.everywhere === undefined) queries.push(flux(toLimitQuery(query, limit)));
  return graph({
    title,
    description,
    unit: definition.unit,
    limit: toStaticLimit(limit),
    queries,
    displayName: names.map(fieldLabel).join(" "),
  });
}

/** For each subject of a limit, the share of the stretches with data in which it was kept. */
export function keptTable(
  configuration: Configuration,
  key: LimitName,
  { title, description }: TrendOptions,
): Panel {
  const { definition, signal, limit } = read(configuration, key);
  const isPerRoute = signal.dimensions.includes("route");
  const good = definition.bound === "max" ? "<=" : ">=";
  const expression = limit?.toFluxExpression() ?? 'debug.null(type: "float")';
  const query = [
    'import "internal/debug"',
    compileFlux(signal, asChosen),
    `  |> map(fn: (r) => ({r with limit: ${expression}}))`,
    "  |> filter(fn: (r) => exists r.limit)",
    `  |> map(fn: (r) => ({r with _value: if r._value ${good} r.limit then 1.0 else 0.0}))`,
    "  |> mean()",
    "  |> group()",
    '  |> sort(columns: ["_value"])',
  ].join("\n");
  const labels = isPerRoute ? { [routeAttributes[0]]: "Method", [routeAttributes[1]]: "Route" } : {};
  return fluxTable({
    title,
    description,
    queries: [flux(query)],
    labels: { [serviceName]: "Service", ...labels },
    hidden: serviceAttributes.filter((name) => name !== serviceName),
    value: { name: "Kept", unit: "ratio", limit: { limit: keptMin, bound: "min" } },
  });
}

/** From here on a table cell is green: an objective that is always kept. */
const keptMin = 1;

function read(configuration: Configuration, key: LimitName) {
  const definition = findLimitDefinition(key);
  if (definition === undefined) throw new Error(`there is no limit ${key}`);
  const limit: PanelLimit | undefined = toPanelLimit(configuration, key);
  return { definition, signal: getSignal(definition.signal), limit };
}

/** The limit of every subject that has data, as series named `limit`. */
function toLimitQuery(query: string, limit: PanelLimit): string {
  return [
    'import "internal/debug"',
    query,
    `  |> map(fn: (r) => ({r with _value: ${limit.toFluxExpression()}}))`,
    "  |> filter(fn: (r) => exists r._value)",
    `  |> map(fn: (r) => ({r with ${JSON.stringify(serviceName)}: "limit " + r[${JSON.stringify(serviceName)}]}))`,
  ].join("\n");
}
