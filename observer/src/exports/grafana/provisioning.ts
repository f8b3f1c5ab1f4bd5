import type { YamlValue } from "../to-yaml.ts";
import { datasources } from "./datasources.ts";

/** Where each data source is, as Grafana's server reaches it, from its environment. */
const addresses = {
  prometheus: "$PROMETHEUS_URL",
  influxdb: "$INFLUXDB_URL",
  loki: "$LOKI_URL",
  jaeger: "$JAEGER_URL",
  alertmanager: "$OBSERVER_URL",
} as const satisfies Record<keyof typeof datasources, string>;

/** File in which the token of InfluxDB lies in Grafana's container. */
const influxdbTokenFile = "/run/secrets/influxdb_token";

/** From a log line to its trace: Loki keeps the id as structured metadata. */
const toTrace = {
  name: "trace_id",
  matcherType: "label",
  matcherRegex: "trace_id",
  url: "$${__value.raw}",
  datasourceUid: datasources.jaeger.uid,
  urlDisplayLabel: "Trace",
};

const details = {
  prometheus: {
    httpMethod: "POST",
    prometheusType: "Prometheus",
    // Services send once a second; a quarter of what a rate is taken over.
    timeInterval: "5s",
    exemplarTraceIdDestinations: [{ name: "trace_id", datasourceUid: datasources.jaeger.uid }],
  },
  influxdb: { version: "Flux", organization: "$INFLUXDB_ORG", defaultBucket: "$INFLUXDB_BUCKET" },
  loki: { derivedFields: [toTrace] },
  jaeger: {
    tracesToLogsV2: {
      datasourceUid: datasources.loki.uid,
      spanStartTimeShift: "-1m",
      spanEndTimeShift: "1m",
      tags: [{ key: "service.name", value: "service_name" }],
      filterByTraceID: true,
    },
    tracesToMetrics: {
      datasourceUid: datasources.prometheus.uid,
      tags: [{ key: "service.name", value: "service_name" }],
      queries: [
        {
          name: "Requests",
          query: "sum(rate(http_server_request_duration_seconds_count{$$__tags}[$$__rate_interval]))",
        },
      ],
    },
  },
  alertmanager: { implementation: "prometheus", handleGrafanaManagedAlerts: false },
} as const satisfies Record<keyof typeof datasources, YamlValue>;

/** Data sources with fixed ids, so that links between them hold. Alerts come from the observer: it speaks Alertmanager's API. */
export function datasourceProvisioning(): YamlValue {
  return {
    apiVersion: 1,
    prune: true,
    datasources: Object.values(datasources).map(({ type, name, uid }) => ({
      name,
      uid,
      type,
      access: "proxy",
      url: addresses[type],
      isDefault: type === "prometheus",
      editable: false,
      jsonData: details[type],
      ...(type === "influxdb" ? { secureJsonData: { token: `$__file{${influxdbTokenFile}}` } } : {}),
    })),
  };
}

const folders = { sre: "SRE", developer: "Developers", sprint: "Sprint review" } as const;

/** One folder for each audience. Dashboards are files: what is changed in Grafana is lost, so it is not allowed. */
export function dashboardProvisioning(): YamlValue {
  return {
    apiVersion: 1,
    providers: Object.entries(folders).map(([name, title]) => ({
      name: `kontor-${name}`,
      folder: `Kontor: ${title}`,
      folderUid: `kontor-${name}`,
      type: "file",
      disableDeletion: true,
      allowUiUpdates: false,
      updateIntervalSeconds: 30,
      options: { path: `/var/lib/grafana/dashboards/${name}` },
    })),
  };
}
