import type { Dashboard, PlacedPanel } from "../../../src/exports/grafana/model.ts";
import { breach, findPanelBreaches } from "./panel-conventions.ts";

/** What Grafana fills in by itself. */
const builtIn =
  /^(__rate_interval|__range|__interval|__from|__to|__all|__url_time_range|__field|__data|__value)\b/;

/**
 * Everything said against a dashboard: the rules of Grafana's own dashboard-linter under their names, and ours.
 *
 * @returns lines such as `sre/service.json / p95 by endpoint: panel-units-rule`; none when it is good
 */
export function findBreaches(path: string, dashboard: Dashboard): string[] {
  const panels = dashboard.panels.flatMap((panel) =>
    [...findPanelBreaches(dashboard, panel), ...findLinkBreaches(panel)].map(
      (words) => `${path} / ${panel.title}: ${words}`,
    ),
  );
  const whole = [
    ...findHeadBreaches(dashboard),
    ...findVariableBreaches(dashboard),
    ...findAnnotationBreaches(dashboard),
    ...findPlaceBreaches(dashboard.panels),
  ];
  return [...whole.map((words) => `${path}: ${words}`), ...panels];
}

function findHeadBreaches(dashboard: Dashboard): string[] {
  const { uid, title, tags, description, editable, timezone, refresh, time, links } = dashboard;
  const others = Array.isArray(links) && links.some(({ keepTime, includeVars }) => keepTime && includeVars);
  return [
    ...breach(editable !== false, "uneditable-dashboard"),
    ...breach(!/^kontor-[a-z-]{1,33}$/.test(uid), "a uid that Grafana does not take, or that is not ours"),
    ...breach(!title.startsWith("Kontor / ") || description.length < 30, "no title or description"),
    ...breach(!tags.includes("kontor"), "without the tag that links dashboards"),
    ...breach(timezone !== "browser", "not in the reader's own time zone"),
    ...breach(refresh !== "10s" && refresh !== "5m", "not refreshed, or too often for Prometheus"),
    ...breach(!JSON.stringify(time).includes('"to":"now"'), "does not end now"),
    ...breach(!others, "no links to the others that keep time range and choices"),
  ];
}

function findVariableBreaches(dashboard: Dashboard): string[] {
  const { list } = dashboard.templating;
  const names = list.map(({ name }) => name);
  const used = new Set(
    [...JSON.stringify([dashboard.panels, dashboard.annotations, list]).matchAll(/\$\{?(\w+)/g)].map(
      ([, name = ""]) => name,
    ),
  );
  const datasources = list.filter(({ type }) => type === "datasource");
  const queries = list.filter(({ type }) => type === "query");
  return [
    ...breach(datasources.length === 0, "template-datasource-rule: none"),
    ...datasources
      .filter(({ name, label, query }) => {
        const type = String(query);
        const words = `${type[0]?.toUpperCase()}${type.slice(1)} data source`;
        return name !== `${type}_datasource` || label !== words;
      })
      .map(({ name }) => `template-datasource-rule: ${name}`),
    ...queries
      .filter(({ refresh }) => refresh !== 2)
      .map(({ name }) => `template-on-time-change-reload-rule: ${name}`),
    ...queries
      .filter(({ definition }) => !/^label_values\(\{.+\}, \w+\)$/.test(String(definition)))
      .map(({ name }) => `template-label-promql-rule: ${name}`),
    ...[...used]
      .filter((name) => !names.includes(name) && !builtIn.test(name))
      .map((name) => `nobody chooses $${name}`),
    ...names.filter((name) => !used.has(name)).map((name) => `$${name} is chosen and changes nothing`),
    ...["environment", "service"]
      .filter((name) => !names.includes(name) && dashboard.uid !== "kontor-collector")
      .map((name) => `no variable $${name}`),
  ];
}

function findAnnotationBreaches({ annotations }: Dashboard): string[] {
  const names = annotations.list.map(({ name }) => name);
  return ["Deployments", "Alerts"]
    .filter((name) => !names.includes(name))
    .map((name) => `${name} are not drawn as annotations`);
}

/** A link keeps the time range, but for one to a single trace, which has its own. */
function findLinkBreaches(panel: PlacedPanel): string[] {
  const urls = [...JSON.stringify(panel).matchAll(/"url":"([^"]+)"/g)].map(([, url = ""]) => url);
  return urls
    .filter(
      (url) => !/\$\{__url_time_range\}|\$\{__from\}.*\$\{__to\}|\/traces\/\$\{__value\.raw\}$/.test(url),
    )
    .map((url) => `a link loses the time range: ${url}`);
}

function findPlaceBreaches(panels: readonly PlacedPanel[]): string[] {
  const ids = new Set(panels.map(({ id }) => id));
  const overlaps = panels.flatMap((one, index) =>
    panels
      .slice(index + 1)
      .flatMap((other) => breach(overlap(one, other), `${one.title} lies on ${other.title}`)),
  );
  return [
    ...breach(ids.size !== panels.length, "two panels of one id"),
    ...panels.flatMap(({ title, gridPos: { x, w } }) =>
      breach(x + w > 24, `${title} is wider than the page`),
    ),
    ...overlaps,
  ];
}

function overlap({ gridPos: a }: PlacedPanel, { gridPos: b }: PlacedPanel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
