import * as names from "@kontor/kit/metric-names";
import type { Alert } from "../../alerts/alert.ts";
import type { MetricFamily } from "../../exports/prometheus/to-exposition.ts";
import type { TrackedFinding } from "../../reports/tracked-finding.ts";
import type { Verdict } from "../../rules/verdict.ts";
import type { PointRecord } from "../../store/point-record.ts";
import type { DeploymentView } from "../api/deployments.routes.ts";
import type { SelfView } from "../api/self.routes.ts";

/** What the page `/metrics` is made of. What cannot be read is undefined, and its metrics are left out. */
export interface OwnMetricsInput {
  readonly nowMs: number;
  readonly self: SelfView;
  readonly alerts: readonly Alert[];
  readonly rules: readonly Pick<Verdict, "state">[];
  readonly findings: readonly TrackedFinding[] | undefined;
  readonly deployments: readonly DeploymentView[] | undefined;
  /** Newest points of what the observer measured itself: health polls, its own use of resources. */
  readonly points: readonly PointRecord[];
}

type Sample = MetricFamily["samples"][number];

/** The observer's own state as metrics of Prometheus. */
export function toOwnMetrics(input: OwnMetricsInput): MetricFamily[] {
  const { self, nowMs } = input;
  const { ticks, ingest, store, traces, delivery } = self;
  const one = (value: number): Sample[] => [{ attributes: {}, value }];
  return [
    ...toAlertFamilies(input.alerts),
    gauge(
      names.OBSERVER_RULES,
      "{rule}",
      "Rules by their last verdict.",
      countBy(input.rules, ({ state }) => ({ state })),
    ),
    ...(input.findings === undefined ? [] : toFindingFamilies(input.findings)),
    ...(input.deployments === undefined ? [] : [toDeploymentFamily(input.deployments)]),
    gauge(
      names.OBSERVER_TICK_AGE,
      "s",
      "Time since the last tick that ended.",
      ticks.lastAtMs === null ? [] : one(Math.max(0, nowMs - ticks.lastAtMs) / 1000),
    ),
    gauge(
      names.OBSERVER_THRESHOLDS_DEAD,
      "{threshold}",
      "Thresholds of the configuration that match nothing seen since the start.",
      one(ticks.deadThresholds),
    ),
    counter(names.OBSERVER_TICKS_MISSED, "{tick}", "Ticks left out.", one(ticks.missed)),
    counter(
      names.OBSERVER_ITEMS_ACCEPTED,
      "{item}",
      "Items of OTLP that were accepted.",
      Object.entries(ingest.accepted).map(([kind, value]) => ({ attributes: { kind }, value })),
    ),
    counter(
      names.OBSERVER_ITEMS_REFUSED,
      "{item}",
      "Items of OTLP that were refused.",
      ingest.refused.map(({ kind, reason, count }) => ({ attributes: { kind, reason }, value: count })),
    ),
    counter(
      names.OBSERVER_REQUESTS_REJECTED,
      "{request}",
      "Requests of senders that were turned away.",
      Object.entries(ingest.requests.rejected).map(([reason, value]) => ({ attributes: { reason }, value })),
    ),
    gauge(names.OBSERVER_JOURNAL_LAG, "By", "Accepted and not stored yet.", one(store.journalLagBytes)),
    gauge(names.OBSERVER_TRACES_HELD, "{trace}", "Traces that wait to be diagnosed.", one(traces.tracesHeld)),
    counter(
      names.OBSERVER_TRACES_DIAGNOSED,
      "{trace}",
      "Traces that were diagnosed.",
      one(traces.tracesDiagnosed),
    ),
    gauge(
      names.OBSERVER_DELIVERIES_PENDING,
      "{message}",
      "Messages that wait for a receiver.",
      one(delivery.pending),
    ),
    ...toPointFamilies(input.points),
  ];
}

function toAlertFamilies(alerts: readonly Alert[]): MetricFamily[] {
  const samples = alerts.map(({ rule, subject, severity, state }) => ({
    attributes: { alertname: rule, ...toSubject(subject), endpoint: subject.route ?? "", severity, state },
    value: 1,
  }));
  return [gauge(names.OBSERVER_ALERTS, "{alert}", "Alerts that are not inactive.", samples)];
}

function toFindingFamilies(findings: readonly TrackedFinding[]): MetricFamily[] {
  const place = ({ service, route, detector, state }: TrackedFinding) => ({
    "service.name": service,
    endpoint: route ?? "",
    detector,
    state,
  });
  const lost = sumBy(findings, place, ({ impact }) => impact.totalTimeMs / 1000);
  return [
    gauge(names.OBSERVER_FINDINGS, "{finding}", "Findings by state.", countBy(findings, place)),
    gauge(names.OBSERVER_FINDINGS_LOST_TIME, "s", "Time lost to findings since they were first seen.", lost),
  ];
}

function toDeploymentFamily(deployments: readonly DeploymentView[]): MetricFamily {
  const samples = deployments.map(({ version, deployedAtMs, ...subject }) => ({
    attributes: { ...toSubject(subject), "service.version": version },
    value: deployedAtMs / 1000,
  }));
  return gauge(
    names.OBSERVER_DEPLOYMENT_TIME,
    "s",
    "When a version was first heard of or announced.",
    samples,
  );
}

function toPointFamilies(points: readonly PointRecord[]): MetricFamily[] {
  const families = new Map<string, MetricFamily & { samples: Sample[] }>();
  for (const { metric, resource, value, attributes: own } of points) {
    if (value.kind !== "number") continue;
    const kind = metric.monotonic ? "counter" : "gauge";
    const family = families.get(metric.name) ?? {
      name: metric.name,
      unit: metric.unit,
      kind,
      help: "Measured by the observer.",
      samples: [],
    };
    families.set(metric.name, family);
    const attributes = {
      ...Object.fromEntries(Object.entries(own).map(([key, text]) => [key, String(text)])),
      ...toSubject(resource),
      "service.instance.id": resource.instance ?? "",
      "service.version": resource.version ?? "",
    };
    family.samples.push({ attributes, value: value.value });
  }
  return [...families.values()];
}

function toSubject(subject: {
  environment: string;
  namespace: string;
  service: string;
}): Record<string, string> {
  return {
    "deployment.environment.name": subject.environment,
    "service.namespace": subject.namespace,
    "service.name": subject.service,
  };
}

function gauge(name: string, unit: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, unit, help, kind: "gauge", samples };
}

function counter(name: string, unit: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, unit, help, kind: "counter", samples };
}

function countBy<T>(items: readonly T[], toAttributes: (item: T) => Record<string, string>): Sample[] {
  return sumBy(items, toAttributes, () => 1);
}

function sumBy<T>(
  items: readonly T[],
  toAttributes: (item: T) => Record<string, string>,
  toValue: (item: T) => number,
): Sample[] {
  const sums = new Map<string, { attributes: Record<string, string>; value: number }>();
  for (const item of items) {
    const attributes = toAttributes(item);
    const key = JSON.stringify(attributes);
    const sum = sums.get(key) ?? { attributes, value: 0 };
    sum.value += toValue(item);
    sums.set(key, sum);
  }
  return [...sums.values()];
}
