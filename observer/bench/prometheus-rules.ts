import { limitSets, routeNames, ruleCount, serviceNames, windowSeconds } from "./rule-load.ts";

interface PrometheusRule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

const range = `[${windowSeconds}s]`;
const requests = "http_server_request_duration_seconds";

/** Every rule of the load written on its own, as a team writes rules one by one; the order is that of our rule set. */
export function oneByOne(): string {
  const rules: PrometheusRule[] = [];
  for (const limits of limitSets) {
    for (const service of serviceNames) {
      const cpu = `rate(process_cpu_time_seconds_total{job="${service}"}${range}) / process_cpu_allowed{job="${service}"}`;
      rules.push({ alert: "cpu", expr: `${cpu} > ${limits.cpuRatioMax}` });
      for (const route of routeNames) {
        const labels = `job="${service}",http_request_method="GET",http_route="${route}"`;
        const p95 = `histogram_quantile(0.95, sum by (le) (rate(${requests}_bucket{${labels}}${range})))`;
        const failed = `sum(rate(${requests}_count{${labels},http_response_status_code=~"5.."}${range}))`;
        const all = `sum(rate(${requests}_count{${labels}}${range}))`;
        rules.push({ alert: "p95", expr: `${p95} > ${limits.latencyP95MsMax / 1000}` });
        rules.push({ alert: "errors", expr: `${failed} / ${all} > ${limits.errorRatioMax}` });
      }
    }
  }
  return toRuleFile(rules.slice(0, ruleCount));
}

/** The same decisions as an expert writes them: each signal computed once for all subjects, then compared with one limit after another. */
export function grouped(): string {
  const by = "job, http_request_method, http_route";
  const p95 = `histogram_quantile(0.95, sum by (le, ${by}) (rate(${requests}_bucket${range})))`;
  const failed = `sum by (${by}) (rate(${requests}_count{http_response_status_code=~"5.."}${range}))`;
  const all = `sum by (${by}) (rate(${requests}_count${range}))`;
  const recorded: PrometheusRule[] = [
    { record: "route:p95", expr: p95 },
    { record: "route:errors", expr: `${failed} / ${all}` },
    { record: "service:cpu", expr: `rate(process_cpu_time_seconds_total${range}) / process_cpu_allowed` },
  ];
  const alerts = limitSets.flatMap((limits): PrometheusRule[] => [
    { alert: "p95", expr: `route:p95 > ${limits.latencyP95MsMax / 1000}` },
    { alert: "errors", expr: `route:errors > ${limits.errorRatioMax}` },
    { alert: "cpu", expr: `service:cpu > ${limits.cpuRatioMax}` },
  ]);
  return toRuleFile([...recorded, ...alerts]);
}

/** JSON is YAML. Alerts have `for` and labels, as ours have. */
function toRuleFile(rules: readonly PrometheusRule[]): string {
  const written = rules.map((rule, index) =>
    rule.record === undefined
      ? { ...rule, alert: `${rule.alert}_${index}`, for: "10s", labels: { severity: "critical" } }
      : rule,
  );
  return JSON.stringify({ groups: [{ name: "bench", interval: "1s", rules: written }] });
}
