import type { YamlValue } from "../to-yaml.ts";
import type { Dashboard, PlacedPanel } from "./model.ts";

const subjects =
  "Series come over OTLP. Environment and service tell subjects apart, in Prometheus, InfluxDB and Loki alike, and are variables; job and instance are not.";
const mixed =
  "The rule takes every query of a dashboard whose first data source is Prometheus for PromQL; these are not.";
const whole = "A table shows the whole of the chosen range, which is what $__range stands for.";

/** What Grafana's dashboard-linter reads as `.lint` beside dashboards: the rules that do not hold for them, and why. */
export function lintExclusions(dashboards: readonly Dashboard[]): YamlValue {
  const excluded = ["template-job-rule", "template-instance-rule", "target-job-rule", "target-instance-rule"];
  return {
    exclusions: {
      ...Object.fromEntries(excluded.map((rule) => [rule, { reason: subjects }])),
      ...exclusion("target-promql-rule", mixed, listPanels(dashboards, isOther)),
      ...exclusion("target-rate-interval-rule", whole, listPanels(dashboards, isOfWholeRange)),
    },
  };
}

type Entry = { readonly dashboard: string; readonly panel: string };

function exclusion(rule: string, reason: string, entries: readonly Entry[]): Record<string, YamlValue> {
  return entries.length === 0 ? {} : { [rule]: { reason, entries } };
}

function listPanels(dashboards: readonly Dashboard[], isMeant: (panel: PlacedPanel) => boolean): Entry[] {
  return dashboards.flatMap(({ title, panels }) =>
    panels.filter(isMeant).map((panel) => ({ dashboard: title, panel: panel.title })),
  );
}

function isOther({ type, datasource }: PlacedPanel): boolean {
  return type !== "row" && datasource?.type !== "prometheus";
}

function isOfWholeRange({ type, targets = [] }: PlacedPanel): boolean {
  return type === "table" && targets.some((target) => "expr" in target && target.expr.includes("[$__range]"));
}
