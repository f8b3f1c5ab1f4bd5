import type { Dashboard, PlacedPanel, PrometheusTarget, Target } from "../../../src/exports/grafana/model.ts";

/** Of Grafana's value formats, those that fit what we measure. */
const knownUnits = new Set(
  "none short percentunit µs ms s decmbytes bytes reqps ops cpm dateTimeFromNow".split(" "),
);

/** Shown as it is: the value of this total is itself the time. */
const shownTotals = ["otelcol_process_uptime_seconds_total"];

/** What is said against a panel: one line for each, by the rule of Grafana's dashboard-linter where it has one. */
export function findPanelBreaches(dashboard: Dashboard, panel: PlacedPanel): string[] {
  if (panel.type === "row") return panel.title === "" ? ["a row without a title"] : [];
  const datasources = new Set(
    dashboard.templating.list
      .filter(({ type }) => type === "datasource")
      .map(({ name, query }) => `${query} $\{${name}}`),
  );
  const { title, description = "", targets = [] } = panel;
  const isTemplated = (one: { type: string; uid: string } | undefined) =>
    one !== undefined && datasources.has(`${one.type} ${one.uid}`);
  const refIds = targets.map(({ refId }) => refId);
  return [
    ...breach(title === "" || !/^\S.{30,}[.?]$/s.test(description), "panel-title-description-rule"),
    ...breach(targets.length === 0, "panel-no-targets-rule"),
    ...breach(
      ![panel.datasource, ...targets.map((one) => one.datasource)].every(isTemplated),
      "panel-datasource-rule",
    ),
    ...breach(!hasKnownUnits(panel), "panel-units-rule"),
    ...breach(new Set(refIds).size !== refIds.length, "two queries of one letter"),
    ...targets.flatMap((target) => findTargetBreaches(panel, target)),
  ];
}

function hasKnownUnits({ type, fieldConfig }: PlacedPanel): boolean {
  if (type === "logs") return true;
  const { defaults, overrides = [] } = fieldConfig ?? {};
  const inColumns = overrides.flatMap(({ properties }) =>
    properties.filter(({ id }) => id === "unit").map(({ value }) => String(value)),
  );
  const units = type === "table" ? inColumns : [defaults?.unit ?? ""];
  return units.every((unit) => knownUnits.has(unit));
}

function findTargetBreaches(panel: PlacedPanel, target: Target): string[] {
  if (target.datasource.type === "loki" && "expr" in target)
    return breach(/\[(?!\$__auto\])/.test(target.expr), "target-logql-auto-rule");
  if (!isPrometheus(target)) return [];
  const { expr, legendFormat, instant, range, refId } = target;
  const isCourse = panel.type === "timeseries";
  const window = panel.type === "table" ? "$__range" : "$__rate_interval";
  const windows = [...expr.replaceAll(/"[^"]*"/g, "").matchAll(/\[([^\]]*)\]/g)].map(([, found]) => found);
  return [
    ...breach(
      windows.some((one) => one !== window),
      `target-rate-interval-rule: ${refId} reads over something else than ${window}`,
    ),
    ...listBareTotals(expr).map((name) => `target-counter-agg-rule: ${refId} shows ${name} itself`),
    ...breach(
      isCourse === instant || isCourse !== range,
      `${refId} is asked at one moment or over the range, not both`,
    ),
    ...breach(isCourse && !/\S/.test(legendFormat), `${refId} has no legend`),
  ];
}

/** Counters that are read without `rate` or `increase`, by name or by a pattern of names. */
function listBareTotals(expr: string): string[] {
  const selector = /(\w+\()?(?:([a-z_:]+_total)\b|\{__name__=~"([^"]*_total[^"]*)")[^}[]*\}?(\[)?/g;
  return [...expr.matchAll(selector)].flatMap(([, call = "", name = "", pattern = "", bracket]) => {
    const isGrowth = /^(rate|increase)\($/.test(call) && bracket !== undefined;
    return isGrowth || shownTotals.includes(name) ? [] : [name + pattern];
  });
}

function isPrometheus(target: Target): target is PrometheusTarget {
  return target.datasource.type === "prometheus";
}

export function breach(isBroken: boolean, words: string): string[] {
  return isBroken ? [words] : [];
}
