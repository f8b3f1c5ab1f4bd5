import type { DatasourceRef, DatasourceType, Variable } from "./model.ts";

/** One data source that provisioning sets up, and the variable by which dashboards choose another one of its type. */
export interface DatasourceDefinition {
  readonly type: DatasourceType;
  readonly name: string;
  readonly uid: string;
  /** Of the variable, and what people read; as Grafana's dashboard linter wants them. */
  readonly variable: `${DatasourceType}_datasource`;
  readonly label: string;
}

export const datasources = {
  prometheus: {
    type: "prometheus",
    name: "Prometheus",
    uid: "kontor-prometheus",
    variable: "prometheus_datasource",
    label: "Prometheus data source",
  },
  influxdb: {
    type: "influxdb",
    name: "InfluxDB",
    uid: "kontor-influxdb",
    variable: "influxdb_datasource",
    label: "Influxdb data source",
  },
  loki: {
    type: "loki",
    name: "Loki",
    uid: "kontor-loki",
    variable: "loki_datasource",
    label: "Loki data source",
  },
  jaeger: {
    type: "jaeger",
    name: "Jaeger",
    uid: "kontor-jaeger",
    variable: "jaeger_datasource",
    label: "Jaeger data source",
  },
  alertmanager: {
    type: "alertmanager",
    name: "Kontor observer",
    uid: "kontor-observer",
    variable: "alertmanager_datasource",
    label: "Alertmanager data source",
  },
} as const satisfies Record<DatasourceType, DatasourceDefinition>;

/** The data source a reader has chosen. */
export function chosen(type: DatasourceType): DatasourceRef {
  return { type, uid: `\${${datasources[type].variable}}` };
}

export function datasourceVariable(type: DatasourceType): Variable {
  const { variable, label, name, uid } = datasources[type];
  return {
    name: variable,
    label,
    type: "datasource",
    query: type,
    current: { selected: true, text: name, value: uid },
    hide: 0,
    includeAll: false,
    multi: false,
    options: [],
    refresh: 1,
    regex: "",
  };
}
