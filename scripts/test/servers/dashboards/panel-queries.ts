import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { dashboardFolder } from "../../../dashboards.ts";
import { repository } from "../../../starter/install.mjs";

type Json = Record<string, unknown>;
type Language = "promql" | "flux" | "logql" | "jaeger";

/** One query that Grafana would send: of a panel, an annotation or an alert rule. */
export type PanelQuery = {
  /** `sre/service.json / p95 by endpoint / A`. */
  name: string;
  language: Language;
  text: string;
  /** Asked for the moment at the end of the range, not for its course. */
  isInstant: boolean;
  /** Grafana's name for the unit of its panel; undefined where columns have their own. */
  unit?: string | undefined;
  hasExemplars?: boolean;
};

/** What a reader might have chosen; Grafana's own names last, as `$__range` begins like no other. */
const choices: readonly (readonly [string, string])[] = [
  ["environment", ".*"],
  ["service", ".+"],
  ["route", ".*"],
  ["__rate_interval", "20s"],
  ["__range", "60s"],
];

/** Every dashboard as it is committed, by its path below the folder. */
export function readDashboards(): { path: string; dashboard: Json }[] {
  const folder = join(repository, dashboardFolder);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json"))
    .sort()
    .map((path) => ({ path, dashboard: JSON.parse(readFileSync(join(folder, path), "utf8")) as Json }));
}

/** @param oneService chosen where a panel shows one alone */
export function listPanelQueries(oneService: string): PanelQuery[] {
  return readDashboards().flatMap(({ path, dashboard }) =>
    listOf(dashboard.panels).flatMap((panel) =>
      listOf(panel.targets).map((target) => ({
        name: `${path} / ${panel.title} / ${target.refId}`,
        unit: unitOf(panel),
        hasExemplars: target.exemplar === true,
        ...toQuery(target, oneService),
      })),
    ),
  );
}

/** Annotations; as Grafana asks for them, over the range. The same ones on several dashboards stand here once. */
export function listAnnotationQueries(): PanelQuery[] {
  const all = readDashboards().flatMap(({ dashboard }) =>
    listOf((dashboard.annotations as Json).list).map(({ name, expr }) => ({
      name: `annotation ${name}`,
      language: "promql" as const,
      text: substitute(String(expr)),
      isInstant: false,
    })),
  );
  return [...new Map(all.map((query) => [query.text, query])).values()];
}

/** What the provisioned alert rules read; those that want many requests are content with one, so that a quiet route counts. */
export function listRuleQueries(): PanelQuery[] {
  const path = join(repository, dashboardFolder, "provisioning/alerting/kontor.yaml");
  const { groups } = parse(readFileSync(path, "utf8")) as { groups: Json[] };
  return groups.flatMap(({ rules }) =>
    listOf(rules).flatMap(({ title, data }) =>
      listOf(data)
        .filter(({ datasourceUid }) => datasourceUid !== "__expr__")
        .map(({ model }) => ({
          name: `alert rule ${title}`,
          language: "promql" as const,
          text: String((model as Json).expr).replaceAll(/\) >= \d+/g, ") >= 1"),
          isInstant: true,
        })),
    ),
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

/** The query without what it shows in place of nothing: whether there is anything behind it. */
export function withoutFallback(query: PanelQuery): PanelQuery {
  const text = query.text.replace(/ or (vector\(0\)|sum by \(state\) \(kontor_rules.*\) \* 0)$/, "");
  return { ...query, text };
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

function unitOf({ type, fieldConfig }: Json): string | undefined {
  const { defaults } = (fieldConfig ?? {}) as { defaults?: { unit?: string } };
  return type === "table" ? undefined : defaults?.unit;
}

function toQuery(target: Json, oneService: string): Pick<PanelQuery, "language" | "text" | "isInstant"> {
  const { type } = target.datasource as { type: string };
  if (type === "jaeger") {
    const text = String(target.service).replace("$service", oneService);
    return { language: "jaeger", text, isInstant: true };
  }
  if (type === "influxdb")
    return { language: "flux", text: withRange(String(target.query)), isInstant: false };
  const language = type === "loki" ? "logql" : "promql";
  return { language, text: substitute(String(target.expr)), isInstant: target.instant === true };
}

function substitute(text: string): string {
  return choices.reduce((done, [name, value]) => done.replaceAll(`$${name}`, value), text);
}

/** What Grafana puts before a query of Flux. Imports stay first. */
function withRange(query: string): string {
  const filled = query.replaceAll(/\$\{(environment|service):regex\}/g, ".*");
  const range =
    'option v = {timeRangeStart: -10m, timeRangeStop: now(), windowPeriod: 10s, defaultBucket: "telemetry"}';
  const lines = filled.split("\n");
  const isImport = (line: string) => line.startsWith("import ");
  return [...lines.filter(isImport), range, ...lines.filter((line) => !isImport(line))].join("\n");
}
