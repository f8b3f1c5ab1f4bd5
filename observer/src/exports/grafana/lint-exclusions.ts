import type { YamlValue } from "../to-yaml.ts";

const reason =
  "Series come over OTLP. Environment and service tell subjects apart, in Prometheus, InfluxDB and Loki alike, and are variables; job and instance are not.";

const excluded = ["template-job-rule", "template-instance-rule", "target-job-rule", "target-instance-rule"];

/** What Grafana's dashboard-linter reads as `.lint` beside dashboards: the rules that do not hold for them. */
export function lintExclusions(): YamlValue {
  return { exclusions: Object.fromEntries(excluded.map((rule) => [rule, { reason }])) };
}
