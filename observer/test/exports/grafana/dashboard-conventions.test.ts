import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { Dashboard, Panel, PlacedPanel } from "../../../src/exports/grafana/model.ts";
import { listDashboards } from "../../../src/exports/grafana/to-grafana-files.ts";
import { readGood } from "../../config/read.ts";
import { everyKey } from "../prometheus/every-key.ts";
import { findBreaches } from "./dashboard-conventions.ts";

const shipped = readGood(
  await readFile(new URL("../../../../observer_config.json", import.meta.url), "utf8"),
);

describe.each([
  ["the shipped file", shipped],
  ["a file with every key", readGood(everyKey())],
  ["a file without a limit", readGood({})],
])("dashboards made from %s", (_, configuration) => {
  const dashboards = listDashboards(configuration);

  // Red when: a panel has no unit, a rate reads over `1m`, or a variable is named `datasource`.
  it("keep to the rules of Grafana's dashboard-linter and ours", () => {
    expect(dashboards.flatMap(({ path, dashboard }) => findBreaches(path, dashboard))).toEqual([]);
  });

  it("have an address each", () => {
    expect(new Set(dashboards.map(({ dashboard }) => dashboard.uid)).size).toBe(dashboards.length);
  });
});

/** The overview, with its first panel that is a graph changed. */
function withGraph(change: (panel: Panel) => object): Dashboard {
  return changePanel("timeseries", change);
}

function changePanel(type: Panel["type"], change: (panel: Panel) => object): Dashboard {
  const dashboard = first();
  const at = dashboard.panels.findIndex((panel) => panel.type === type);
  const panels = dashboard.panels.map((panel, index) =>
    index === at ? ({ ...panel, ...change(panel) } as PlacedPanel) : panel,
  );
  return { ...dashboard, panels };
}

function first(): Dashboard {
  const [overview] = listDashboards(shipped);
  if (overview === undefined) throw new Error("there is no dashboard");
  return overview.dashboard;
}

const withExpression = (change: (expr: string) => string) =>
  withGraph(({ targets = [] }) => ({
    targets: targets.map((target) => ("expr" in target ? { ...target, expr: change(target.expr) } : target)),
  }));
const withVariables = (change: (variable: Dashboard["templating"]["list"][number]) => object): Dashboard => {
  const list = first().templating.list.map((variable) => ({ ...variable, ...change(variable) }));
  return { ...first(), templating: { list } };
};

// Red when: the check of that row is left out.
it.each<[string, Dashboard]>([
  ["uneditable-dashboard", { ...first(), editable: true }],
  ["a uid that Grafana does not take", { ...first(), uid: "kontor overview" }],
  ["not in the reader's own time zone", { ...first(), timezone: "utc" }],
  ["not refreshed", { ...first(), refresh: "" }],
  ["no links to the others that keep time range", { ...first(), links: [] }],
  ["template-datasource-rule", withVariables(({ type }) => (type === "datasource" ? { name: "prom" } : {}))],
  [
    "template-on-time-change-reload-rule",
    withVariables(({ type }) => (type === "query" ? { refresh: 1 } : {})),
  ],
  ["template-label-promql-rule", withVariables(({ type }) => (type === "query" ? { definition: "up" } : {}))],
  ["nobody chooses $service", withVariables(({ name }) => (name === "service" ? { name: "job" } : {}))],
  ["Alerts are not drawn as annotations", { ...first(), annotations: { list: [] } }],
  ["panel-datasource-rule", withGraph(() => ({ datasource: { type: "prometheus", uid: "abc" } }))],
  ["panel-title-description-rule", withGraph(() => ({ description: "" }))],
  ["panel-units-rule", withGraph(() => ({ fieldConfig: { defaults: { unit: "qubits" }, overrides: [] } }))],
  ["panel-no-targets-rule", withGraph(() => ({ targets: [] }))],
  [
    "has no legend",
    withGraph(({ targets = [] }) => ({ targets: targets.map((one) => ({ ...one, legendFormat: "" })) })),
  ],
  [
    "at one moment or over the range",
    changePanel("table", ({ targets = [] }) => ({
      targets: targets.map((one) => ({ ...one, instant: false })),
    })),
  ],
  ["target-rate-interval-rule", withExpression((expr) => expr.replaceAll("$__rate_interval", "1m"))],
  ["target-counter-agg-rule", withExpression(() => 'sum(mails_total{a="b"})')],
  [
    "a link loses the time range",
    withGraph(() => ({
      fieldConfig: { defaults: { unit: "s", links: [{ url: "/d/kontor-service" }] }, overrides: [] },
    })),
  ],
  ["lies on", withGraph(() => ({ gridPos: { x: 0, y: 0, w: 24, h: 8 } }))],
])("what breaks %s is named", (words, dashboard) => {
  expect(findBreaches("sre/overview.json", dashboard).join("\n")).toContain(words);
});
