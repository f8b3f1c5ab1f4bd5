import { subjectLabels } from "../../store/sources/prometheus/compile-promql.ts";
import { chosen } from "./datasources.ts";
import type { Link } from "./model.ts";

const { service, method, route } = subjectLabels;

/** Grafana puts the labels of the series or row here, encoded. */
const label = (name: string) => `\${__field.labels.${name}}`;
const cell = (name: string) => `\${__data.fields.${name}}`;

type Place = "series" | "row";
const of = (place: Place, name: string) => (place === "series" ? label(name) : cell(name));

/** The dashboard of a service, at the same time range. */
export function toService(place: Place): Link {
  return {
    title: "Service",
    url: `/d/kontor-service?\${__url_time_range}&\${environment:queryparam}&var-service=${of(place, service)}`,
  };
}

/** The endpoints of a service, for who mends them. */
export function toEndpoints(place: Place): Link {
  return {
    title: "Endpoints",
    url: `/d/kontor-endpoints?\${__url_time_range}&\${environment:queryparam}&var-service=${of(place, service)}`,
  };
}

/** The observer's page of a service: findings, alerts, traces. Its pages read `from` as Grafana writes it, where they know the range. */
export function toObservedService(place: Place): Link {
  return {
    title: "In the observer",
    url: `\${observer}/services/${of(place, service)}?\${__url_time_range}`,
    targetBlank: true,
  };
}

/** The observer's page of an endpoint. */
export function toObservedRoute(place: Place): Link {
  const name = `${of(place, method)}%20${of(place, route)}`;
  return {
    title: "Endpoint in the observer",
    url: `\${observer}/services/${of(place, service)}/route?route=${name}&\${__url_time_range}`,
    targetBlank: true,
  };
}

/** The slowest traces of an endpoint that the observer keeps: all of them, unsampled. */
export function toObservedTraces(place: Place): Link {
  const name = `${of(place, method)}%20${of(place, route)}`;
  return {
    title: "Slowest traces in the observer",
    url: `\${observer}/traces?service=${of(place, service)}&route=${name}&order=slowest&\${__url_time_range}`,
    targetBlank: true,
  };
}

/** What the observer found, all states. */
export function toFindings(): Link {
  return {
    title: "Findings in the observer",
    url: `\${observer}/findings?\${__url_time_range}`,
    targetBlank: true,
  };
}

/** The same in words, with what each optimisation would gain. */
export function toReport(): Link {
  return {
    title: "Optimisation report",
    url: `\${observer}/reports/optimisation?\${__url_time_range}`,
    targetBlank: true,
  };
}

/** Traces of a service in Jaeger, in Grafana's Explore, at the same time range. */
export function toJaeger(place: Place): Link {
  const jaeger = chosen("jaeger");
  const pane = {
    datasource: jaeger.uid,
    queries: [
      { refId: "A", datasource: jaeger, queryType: "search", service: of(place, service), limit: 20 },
    ],
    range: { from: `\${__from}`, to: `\${__to}` },
  };
  return {
    title: "Traces in Jaeger",
    url: `/explore?schemaVersion=1&orgId=1&panes=${encodePane({ a: pane })}`,
  };
}

/** Encoded, but for what Grafana still has to put in. */
function encodePane(pane: object): string {
  return encodeURIComponent(JSON.stringify(pane)).replaceAll(
    /%24%7B([\w.]+)%7D/g,
    (_, name: string) => `\${${name}}`,
  );
}
