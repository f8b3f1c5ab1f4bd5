import type { Configuration } from "../../config/configuration.ts";
import type { ExportedFile } from "../exported-file.ts";
import { defaultRuleOptions, type RuleOptions } from "../prometheus/to-rule-file.ts";
import { toYaml, type YamlValue } from "../to-yaml.ts";
import { alertRuleProvisioning } from "./alert-rules.ts";
import { type Audience, audiences, type NamedDashboard } from "./dashboard.ts";
import { broker } from "./dashboards/broker.ts";
import { collector } from "./dashboards/collector.ts";
import { database } from "./dashboards/database.ts";
import { endpoints } from "./dashboards/endpoints.ts";
import { nodejs } from "./dashboards/nodejs.ts";
import { observer } from "./dashboards/observer.ts";
import { overview } from "./dashboards/overview.ts";
import { service } from "./dashboards/service.ts";
import { sprint } from "./dashboards/sprint.ts";
import { lintExclusions } from "./lint-exclusions.ts";
import { dashboardProvisioning, datasourceProvisioning } from "./provisioning.ts";

/** Every dashboard there is, made from the catalogue of signals and the limits of a configuration. */
export function listDashboards(configuration: Configuration): NamedDashboard[] {
  return [
    overview(configuration),
    service(configuration),
    database(configuration),
    broker(configuration),
    nodejs(configuration),
    collector(configuration),
    observer(),
    endpoints(configuration),
    sprint(configuration),
  ];
}

/** Everything Grafana is given: dashboards, and what it is provisioned with. Equal configurations give equal bytes. */
export function toGrafanaFiles(
  configuration: Configuration,
  options: RuleOptions = defaultRuleOptions,
): ExportedFile[] {
  const yaml = (path: string, value: YamlValue): ExportedFile => ({
    path,
    text: `# ${generatedBy}\n${toYaml(value)}`,
  });
  const dashboards = listDashboards(configuration);
  const lint = (audience: Audience) =>
    lintExclusions(
      dashboards.filter(({ path }) => path.startsWith(`${audience}/`)).map(({ dashboard }) => dashboard),
    );
  return [
    ...dashboards.map(({ path, dashboard }) => ({
      path,
      text: `${JSON.stringify(dashboard, null, 2)}\n`,
    })),
    ...audiences.map((audience) => yaml(`${audience}/.lint`, lint(audience))),
    yaml("provisioning/datasources/kontor.yaml", datasourceProvisioning()),
    yaml("provisioning/dashboards/kontor.yaml", dashboardProvisioning()),
    yaml("provisioning/alerting/kontor.yaml", alertRuleProvisioning(configuration, options)),
  ];
}

const generatedBy =
  "Made from observer_config.json; changes here are lost. `npx kontor export grafana` makes it anew.";
