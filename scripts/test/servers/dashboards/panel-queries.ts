import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dashboardFolder } from "../../../dashboards.ts";
import { repository } from "../../../starter/install.mjs";

type Json = Record<string, unknown>;
type Language = "promql" | "flux" | "logql" | "jaeger";

/** One query that Grafana would send: of a panel, a variable or an annotation. */
export type PanelQuery = {
  /** `sre/service.json / p95 by endpoint / A`. */
  name: string;
  /** Of the panel alone. */
  panel: string;
  language: Language;
  text: string;
  isInstant: boolean;
};

/** What a reader might have chosen; Grafana's own names last, as `$__range` begins like no other. */
const choices: readonly (readonly [string, string])[] = [
  ["environment", ".*"],
  ["service", ".*"],
  ["route", ".*"],
  ["__rate_interval", "20s"],
  ["__range", "60s"],
];
/** Where one service has to be chosen. */
const oneService = "core-erp";

/** Every dashboard as it is committed, by its path below the folder. */
export function readDashboards(): { path: string; dashboard: Json }[] {
  const folder = join(repository, dashboardFolder);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json"))
    .sort()
    .map((path) => ({ path, dashboard: JSON.parse(readFileSync(join(folder, path), "utf8")) as Json }));
}

export function listPanelQueries(): PanelQuery[] {
  return readDashboards().flatMap(({ path, dashboard }) =>
    listOf(dashboard.panels).flatMap((panel) =>
      listOf(panel.targets).map((target) => {
        const name = `${path} / ${panel.title} / ${target.refId}`;
        return { name, panel: String(panel.title), ...toQuery(target) };
      }),
    ),
  );
}

/** Annotations; as Grafana asks for them, over the range. */
export function listAnnotationQueries(): PanelQuery[] {
  return readDashboards().flatMap(({ path, dashboard }) =>
    listOf((dashboard.annotations as Json).list).map((annotation) => ({
      name: `${path} / annotation ${annotation.name}`,
      panel: String(annotation.name),
      language: "promql" as const,
      text: substitute(String(annotation.expr)),
      isInstant: false,
    })),
  );
}

/** `label_values(<selector>, <label>)` of variables. */
export function listVariableQueries(): { name: string; selector: string; label: string }[] {
  return readDashboards().flatMap(({ path, dashboard }) =>
    listOf((dashboard.templating as Json).list)
      .filter(({ type }) => type === "query")
      .map((variable) => {
        const [, selector = "", label = ""] =
          /^label_values\((.*), (\w+)\)$/.exec(String(variable.definition)) ?? [];
        return { name: `${path} / $${variable.name}`, selector: substitute(selector), label };
      }),
  );
}

export function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

function toQuery(target: Json): Pick<PanelQuery, "language" | "text" | "isInstant"> {
  const { type } = target.datasource as { type: string };
  if (type === "jaeger")
    return {
      language: "jaeger",
      text: String(target.service).replace("$service", oneService),
      isInstant: true,
    };
  if (type === "influxdb")
    return { language: "flux", text: withRange(String(target.query)), isInstant: false };
  const language = type === "loki" ? "logql" : "promql";
  return { language, text: substitute(String(target.expr)), isInstant: target.instant === true };
}

export function substitute(text: string): string {
  return choices.reduce((done, [name, value]) => done.replaceAll(`$${name}`, value), text);
}

/** What Grafana puts before a query of Flux. Imports stay first. */
function withRange(query: string): string {
  const filled = query.replaceAll(/\$\{(environment|service):regex\}/g, ".*");
  const range =
    'option v = {timeRangeStart: -10m, timeRangeStop: now(), windowPeriod: 10s, defaultBucket: "telemetry"}';
  const imports = filled.split("\n").filter((line) => line.startsWith("import "));
  const rest = filled.split("\n").filter((line) => !line.startsWith("import "));
  return [...imports, range, ...rest].join("\n");
}
