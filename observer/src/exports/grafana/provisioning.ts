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

/** Secrets lie as files in Grafana's container. The observer asks for a token wherever it does not listen on loopback alone. */
const secrets: Partial<Record<keyof typeof datasources, YamlValue>> = {
  influxdb: { token: "$__file{/run/secrets/influxdb_token}" },
  alertmanager: { httpHeaderValue1: "Bearer $__file{/run/secrets/grafana_observer_token}" },
};

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
  alertmanager: {
    implementation: "prometheus",
    handleGrafanaManagedAlerts: false,
    httpHeaderName1: "Authorization",
  },
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
      secureJsonData: secrets[type],
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
