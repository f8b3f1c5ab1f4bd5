import { subjectLabels } from "../../store/sources/prometheus/compile-promql.ts";
import { chosen } from "./datasources.ts";
import type { Variable } from "./model.ts";

/** Metrics of which every service sends at least one, so that its name is found without looking at all series. */
const telling =
  '{__name__=~"http_server_request_duration_seconds_count|process_cpu_time_seconds_total|otelcol_process_uptime_seconds_total|traces_span_metrics_.+_count|kontor_health_up_ratio"';

const { environment, service, method, route } = subjectLabels;

/** Matchers that hold a query to what the reader has chosen. */
export const inEnvironment = `${environment}=~"$environment"`;
export const ofService = `${service}=~"$service"`;
export const onRoute = `${route}=~"$route"`;

function labelValues(name: string, label: string, matchers: readonly string[], of: string): LabelVariable {
  return { name, label, query: `label_values(${[telling, ...matchers].join(",")}}, ${of})` };
}

interface LabelVariable {
  readonly name: string;
  readonly label: string;
  readonly query: string;
}

/** What `All` stands for. Every sender has a service's name, and Loki refuses a query that nothing but a `.*` narrows. */
const anyOf: Readonly<Record<string, string>> = { service: ".+" };

/** Read anew when the time range changes, as the linter of dashboards wants it. */
function toVariable({ name, label, query }: LabelVariable, options: { readonly several: boolean }): Variable {
  const all = { selected: true, text: "All", value: "$__all" };
  return {
    name,
    label,
    type: "query",
    datasource: chosen("prometheus"),
    definition: query,
    query: { qryType: 1, query, refId: `PrometheusVariableQueryEditor-${name}` },
    refresh: 2,
    sort: 1,
    hide: 0,
    multi: options.several,
    includeAll: options.several,
    ...(options.several ? { allValue: anyOf[name] ?? ".*", current: all } : { current: {} }),
    options: [],
    regex: "",
  };
}

export function environmentVariable(): Variable {
  return toVariable(labelValues("environment", "Environment", [], environment), { several: true });
}

/** @param several whether all services can be looked at together */
export function serviceVariable(several = true): Variable {
  return toVariable(labelValues("service", "Service", [inEnvironment], service), { several });
}

export function routeVariable(): Variable {
  const matchers = [inEnvironment, ofService, `${method}!=""`];
  return toVariable(labelValues("route", "Route", matchers, route), { several: true });
}

/** Where a browser reaches the observer: links lead there. */
export function observerVariable(): Variable {
  const url = "http://127.0.0.1:8010";
  return {
    name: "observer",
    label: "Observer",
    type: "textbox",
    query: url,
    current: { selected: true, text: url, value: url },
    options: [{ selected: true, text: url, value: url }],
    hide: 0,
  };
}
