import { subjectLabels } from "../../store/sources/prometheus/compile-promql.ts";
import { chosen } from "./datasources.ts";
import type { Annotation, Dashboard, Panel, PlacedPanel, Variable } from "./model.ts";
import { inEnvironment, ofService } from "./variables.ts";

/** Who it is made for; also the folder it lies in. */
export const audiences = ["sre", "developer", "sprint"] as const;
export type Audience = (typeof audiences)[number];

/** A panel with its size: 24 columns make a row, a unit of height is 30 px. */
export interface SizedPanel {
  readonly panel: Panel;
  readonly width: number;
  readonly height: number;
}

export interface Section {
  readonly title: string;
  readonly panels: readonly SizedPanel[];
}

export interface DashboardOptions {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly audience: Audience;
  readonly variables: readonly Variable[];
  readonly sections: readonly Section[];
  readonly from?: string;
  readonly refresh?: string;
}

/** A dashboard with its file. */
export interface NamedDashboard {
  readonly path: string;
  readonly dashboard: Dashboard;
}

export function toDashboard(options: DashboardOptions): NamedDashboard {
  const { name, title, description, audience, variables, sections } = options;
  const dashboard = {
    uid: `kontor-${name}`,
    title: `Kontor / ${title}`,
    description,
    tags: ["kontor", audience],
    schemaVersion: 42,
    version: 1,
    editable: false,
    graphTooltip: 1,
    timezone: "browser",
    time: { from: options.from ?? "now-30m", to: "now" },
    refresh: options.refresh ?? "10s",
    timepicker: {},
    weekStart: "",
    fiscalYearStartMonth: 0,
    liveNow: false,
    links: [toOthers],
    annotations: { list: toAnnotations(variables) },
    templating: { list: variables },
    panels: place(sections),
  };
  return { path: `${audience}/${name}.json`, dashboard };
}

/** The other dashboards, at the same time range and with the same choices. */
const toOthers = {
  type: "dashboards",
  title: "Kontor",
  tags: ["kontor"],
  asDropdown: true,
  includeVars: true,
  keepTime: true,
  targetBlank: false,
  icon: "external link",
  tooltip: "",
  url: "",
};

/** What happened, drawn into every panel, for those that the reader has chosen. The value of the first is the time itself. */
function toAnnotations(variables: readonly Variable[]): Annotation[] {
  const has = (name: string) => variables.some((variable) => variable.name === name);
  const chosenOnes = [...(has("environment") ? [inEnvironment] : []), ...(has("service") ? [ofService] : [])];
  const among = (...more: string[]) => [...chosenOnes, ...more].join(",");
  const common = { datasource: chosen("prometheus"), enable: true, hide: false };
  const { service, version } = subjectLabels;
  return [
    {
      ...common,
      name: "Deployments",
      iconColor: "blue",
      expr: `max by (${service}, ${version}) (kontor_deployment_time_seconds{${among()}}) * 1000`,
      useValueForTime: true,
      titleFormat: `{{${service}}} {{${version}}}`,
      textFormat: "A version was heard of for the first time.",
      tagKeys: service,
      step: "60s",
    },
    {
      ...common,
      name: "Alerts",
      iconColor: "red",
      expr: `max by (alertname, ${service}, endpoint, severity) (kontor_alerts{${among('state="firing"')}})`,
      titleFormat: "{{alertname}}",
      textFormat: `{{severity}}: {{${service}}} {{endpoint}}`,
      tagKeys: `severity,${service}`,
      step: "10s",
    },
  ];
}

function place(sections: readonly Section[]): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  let top = 0;
  const put = (panel: Panel, gridPos: PlacedPanel["gridPos"]) =>
    placed.push({
      ...panel,
      id: placed.length + 1,
      gridPos,
      ...(panel.type === "row" ? { collapsed: false, panels: [] } : {}),
    });
  for (const { title, panels } of sections) {
    put({ type: "row", title }, { h: 1, w: 24, x: 0, y: top });
    top += 1;
    let left = 0;
    let highest = 0;
    for (const { panel, width, height } of panels) {
      if (left + width > 24) {
        top += highest;
        left = 0;
        highest = 0;
      }
      put(panel, { h: height, w: width, x: left, y: top });
      left += width;
      highest = Math.max(highest, height);
    }
    top += highest;
  }
  return placed;
}
