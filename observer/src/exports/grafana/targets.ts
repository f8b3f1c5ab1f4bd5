import { chosen } from "./datasources.ts";
import type { FluxTarget, JaegerTarget, LokiTarget, PrometheusTarget } from "./model.ts";

/** A query of Prometheus before it has its letter. */
export type PrometheusQuery = Omit<PrometheusTarget, "refId">;
export type Query =
  | PrometheusQuery
  | Omit<FluxTarget, "refId">
  | Omit<LokiTarget, "refId">
  | Omit<JaegerTarget, "refId">;

/** Values over the range. @param legend `{{label}}` is replaced */
export function promql(
  expr: string,
  legend: string,
  options: { readonly exemplars?: boolean } = {},
): PrometheusQuery {
  return {
    datasource: chosen("prometheus"),
    expr,
    legendFormat: legend,
    editorMode: "code",
    range: true,
    instant: false,
    format: "time_series",
    ...(options.exemplars === true ? { exemplar: true } : {}),
  };
}

/** The value at the end of the range. */
export function promqlNow(expr: string, legend = "__auto"): PrometheusQuery {
  return { ...promql(expr, legend), range: false, instant: true };
}

/** A column of a table: one row for each series, by its labels. */
export function promqlColumn(expr: string): PrometheusQuery {
  return { ...promqlNow(expr, ""), format: "table" };
}

export function flux(query: string): Omit<FluxTarget, "refId"> {
  return { datasource: chosen("influxdb"), query };
}

export function logql(expr: string): Omit<LokiTarget, "refId"> {
  return { datasource: chosen("loki"), expr, queryType: "range", maxLines: 200 };
}

export function jaegerSearch(
  search: Pick<JaegerTarget, "service" | "minDuration">,
): Omit<JaegerTarget, "refId"> {
  return { datasource: chosen("jaeger"), queryType: "search", limit: 20, ...search };
}
