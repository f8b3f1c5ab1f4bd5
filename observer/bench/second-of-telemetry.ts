import { PROCESS_CPU_ALLOWED } from "@kontor/kit/metric-names";
import type { MetricRecord, PointRecord, PointValue } from "../src/store/point-record.ts";
import type { Attributes, ResourceRecord } from "../src/store/span-record.ts";
import {
  boundsSeconds,
  coresAllowed,
  cpuSecondsPerSecond,
  failuresPerSecond,
  requestsPerSecondByBucket,
  routeNames,
  serviceNames,
} from "./rule-load.ts";

const scope = { name: "bench", version: "", schemaUrl: "", attributes: {} };
const shared = { description: "", temporality: "cumulative", monotonic: false } as const;
const requests: MetricRecord = {
  ...shared,
  name: "http.server.request.duration",
  unit: "s",
  kind: "histogram",
};
const cpuTime: MetricRecord = {
  ...shared,
  name: "process.cpu.time",
  unit: "s",
  kind: "sum",
  monotonic: true,
};
const cpuAllowed: MetricRecord = {
  ...shared,
  name: PROCESS_CPU_ALLOWED,
  unit: "{cpu}",
  kind: "gauge",
  temporality: "unspecified",
};

const statuses = [
  { status: 200, perSecond: requestsPerSecondByBucket },
  {
    status: 500,
    perSecond: boundsSeconds.map((bound) => (bound === 0.025 ? failuresPerSecond : 0)).concat(0),
  },
];

/** Who sends, and of which routes. */
export interface Senders {
  readonly resources: readonly ResourceRecord[];
  readonly series: readonly { readonly attributes: Attributes; readonly perSecond: readonly number[] }[];
}

/** Every service answers every route. */
export function createSenders(services: readonly string[], routes: readonly string[]): Senders {
  return {
    resources: services.map((service) => ({
      service,
      namespace: "",
      environment: "default",
      instance: `${service}-1`,
      version: "1",
      attributes: { "service.name": service, "service.instance.id": `${service}-1` },
    })),
    series: routes.flatMap((route) =>
      statuses.map(({ status, perSecond }) => ({
        perSecond,
        attributes: {
          "http.request.method": "GET",
          "http.route": route,
          "http.response.status_code": status,
        },
      })),
    ),
  };
}

const sendersOfRules = createSenders(serviceNames, routeNames);

/** What all services send at the end of a second, as ingest hands it on: totals since the start, as cumulative metrics are. */
export function secondOfTelemetry(
  startMs: number,
  atMs: number,
  { resources, series }: Senders = sendersOfRules,
): PointRecord[] {
  const seconds = (atMs - startMs) / 1000;
  return resources.flatMap((resource) => {
    const point = (metric: MetricRecord, attributes: Attributes, value: PointValue): PointRecord => ({
      metric,
      resource,
      scope,
      attributes,
      startUnixNano: BigInt(startMs) * 1_000_000n,
      timeUnixNano: BigInt(atMs) * 1_000_000n,
      flags: 0,
      value,
      exemplars: [],
      receivedAtMs: atMs,
    });
    return [
      ...series.map(({ attributes, perSecond }) =>
        point(requests, attributes, toHistogram(perSecond, seconds)),
      ),
      point(cpuTime, { "cpu.mode": "user" }, { kind: "number", value: cpuSecondsPerSecond * seconds }),
      point(cpuAllowed, {}, { kind: "number", value: coresAllowed }),
    ];
  });
}

function toHistogram(perSecond: readonly number[], seconds: number): PointValue {
  const counts = perSecond.map((count) => count * seconds);
  const count = counts.reduce((sum, each) => sum + each, 0);
  return {
    kind: "histogram",
    count,
    sum: count * 0.05,
    min: undefined,
    max: undefined,
    bounds: boundsSeconds,
    counts,
  };
}
