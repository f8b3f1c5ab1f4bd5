import type { SignalName } from "../signals/catalogue.ts";
import { type CounterSignalName, readCounterMetric, toCounterSignalName } from "../signals/counter-signal.ts";

/** One key of `observer_config.json` that sets a limit: what it looks at, on which side it holds, and where it may stand. */
export interface LimitKeyDefinition {
  readonly signal: SignalName;
  readonly unit: "ms" | "ratio" | "MB" | "count" | "1/s" | "1/min";
  /** `max`: a value above the limit is a breach. `min`: a value below it. Exactly at the limit is never one. */
  readonly bound: "max" | "min";
  /** `route`: one rule for each route of a service, and the key may stand under an endpoint. `service`: one for each service. */
  readonly level: "route" | "service";
  /** Whether the value rests on requests, so that `minRequests` has a meaning. */
  readonly restsOnRequests: boolean;
  /** A symptom is felt by callers and is `critical` where the service or endpoint is; a cause stays a `warning`. */
  readonly tells: "symptom" | "cause";
  readonly description: string;
}

const routeSymptom = { level: "route", restsOnRequests: true, tells: "symptom" } as const;
const serviceSymptom = { level: "service", restsOnRequests: true, tells: "symptom" } as const;
const callCause = { level: "service", restsOnRequests: true, tells: "cause" } as const;
const resourceCause = { level: "service", restsOnRequests: false, tells: "cause" } as const;

/** Every limit there is. The schema, the reference, the rules and the suggestions for misspelt keys are made from this table. */
export const limitKeys = {
  latencyP50MsMax: {
    ...routeSymptom,
    signal: "serverLatencyP50",
    unit: "ms",
    bound: "max",
    description: "Median time to answer, per route.",
  },
  latencyP95MsMax: {
    ...routeSymptom,
    signal: "serverLatencyP95",
    unit: "ms",
    bound: "max",
    description: "95th percentile of the time to answer, per route.",
  },
  latencyP99MsMax: {
    ...routeSymptom,
    signal: "serverLatencyP99",
    unit: "ms",
    bound: "max",
    description: "99th percentile of the time to answer, per route.",
  },
  errorRatioMax: {
    ...routeSymptom,
    signal: "serverErrorRatio",
    unit: "ratio",
    bound: "max",
    description: "Requests answered with 5xx or not at all, per route.",
  },
  serviceLatencyP95MsMax: {
    ...serviceSymptom,
    signal: "serviceLatencyP95",
    unit: "ms",
    bound: "max",
    description: "95th percentile of the time to answer, all routes of a service together.",
  },
  serviceErrorRatioMax: {
    ...serviceSymptom,
    signal: "serviceErrorRatio",
    unit: "ratio",
    bound: "max",
    description: "Requests answered with 5xx or not at all, all routes of a service together.",
  },
  requestsPerSecondMin: {
    ...serviceSymptom,
    restsOnRequests: false,
    signal: "serviceRequestRate",
    unit: "1/s",
    bound: "min",
    description: "Requests a second below which a service is suspiciously idle.",
  },
  requestsPerSecondMax: {
    ...serviceSymptom,
    restsOnRequests: false,
    tells: "cause",
    signal: "serviceRequestRate",
    unit: "1/s",
    bound: "max",
    description: "Requests a second above which a service is known not to hold.",
  },
  availabilityRatioMin: {
    ...serviceSymptom,
    restsOnRequests: false,
    signal: "availability",
    unit: "ratio",
    bound: "min",
    description: "Health polls of `healthUrl` that pass, of all.",
  },
  httpClientLatencyP95MsMax: {
    ...callCause,
    signal: "httpClientLatencyP95",
    unit: "ms",
    bound: "max",
    description: "95th percentile of outgoing HTTP calls.",
  },
  httpClientErrorRatioMax: {
    ...callCause,
    signal: "httpClientErrorRatio",
    unit: "ratio",
    bound: "max",
    description: "Outgoing HTTP calls that fail.",
  },
  databaseLatencyP95MsMax: {
    ...callCause,
    signal: "databaseLatencyP95",
    unit: "ms",
    bound: "max",
    description: "95th percentile of database operations.",
  },
  databaseErrorRatioMax: {
    ...callCause,
    signal: "databaseErrorRatio",
    unit: "ratio",
    bound: "max",
    description: "Database operations that fail; a refused duplicate counts as one.",
  },
  messagingLatencyP95MsMax: {
    ...callCause,
    signal: "messagingLatencyP95",
    unit: "ms",
    bound: "max",
    description: "95th percentile of handling a consumed message.",
  },
  messagingErrorRatioMax: {
    ...callCause,
    signal: "messagingErrorRatio",
    unit: "ratio",
    bound: "max",
    description: "Consumed messages whose handling fails.",
  },
  messagingDeliveryP95MsMax: {
    ...callCause,
    signal: "messagingDeliveryP95",
    unit: "ms",
    bound: "max",
    description: "95th percentile of the time until a message reaches the consumer that works on it.",
  },
  cpuRatioMax: {
    ...resourceCause,
    signal: "cpuRatio",
    unit: "ratio",
    bound: "max",
    description: "Cores used of cores allowed, mean over the window, busiest instance.",
  },
  memoryMbMax: {
    ...resourceCause,
    signal: "memoryMb",
    unit: "MB",
    bound: "max",
    description: "Memory of the process, latest value, largest instance.",
  },
  heapUsedMbMax: {
    ...resourceCause,
    signal: "heapUsedMb",
    unit: "MB",
    bound: "max",
    description: "Heap in use, latest value, largest instance.",
  },
  eventLoopDelayP99MsMax: {
    ...resourceCause,
    signal: "eventLoopDelayP99",
    unit: "ms",
    bound: "max",
    description: "99th percentile of the event loop's delay in the latest export.",
  },
  eventLoopUtilizationRatioMax: {
    ...resourceCause,
    signal: "eventLoopUtilization",
    unit: "ratio",
    bound: "max",
    description: "Share of time the event loop is busy, mean over the window.",
  },
  gcTimeRatioMax: {
    ...resourceCause,
    signal: "gcTimeRatio",
    unit: "ratio",
    bound: "max",
    description: "Share of time spent collecting garbage.",
  },
  databasePoolRatioMax: {
    ...resourceCause,
    signal: "databasePoolRatio",
    unit: "ratio",
    bound: "max",
    description: "Connections in use of the pool's size, fullest pool.",
  },
  databasePoolPendingMax: {
    ...resourceCause,
    signal: "databasePoolPending",
    unit: "count",
    bound: "max",
    description: "Requests waiting for a connection, longest line.",
  },
  queueDepthMax: {
    ...resourceCause,
    signal: "queueDepth",
    unit: "count",
    bound: "max",
    description: "Messages waiting in the longest queue of a service.",
  },
  exportQueueRatioMax: {
    ...resourceCause,
    signal: "exportQueueRatio",
    unit: "ratio",
    bound: "max",
    description: "Queue of an OpenTelemetry Collector's exporter in use of its size, fullest queue.",
  },
} as const satisfies Record<string, LimitKeyDefinition>;

export type LimitKeyName = keyof typeof limitKeys;

export const limitKeyNames = Object.keys(limitKeys) as LimitKeyName[];

/** Keys that may stand under a counter of a service: `counters: { "shop.orders.placed": { "perMinuteMin": 1 } }`. */
export const counterLimitKeys = {
  perMinuteMin: {
    ...serviceSymptom,
    restsOnRequests: false,
    unit: "1/min",
    bound: "min",
    description: "How often a minute it counts at least, all instances together.",
  },
  perMinuteMax: {
    ...serviceSymptom,
    restsOnRequests: false,
    unit: "1/min",
    bound: "max",
    description: "How often a minute it counts at most, all instances together.",
  },
} as const satisfies Record<string, Omit<LimitKeyDefinition, "signal">>;

export type CounterLimitKeyName = keyof typeof counterLimitKeys;
export const counterLimitKeyNames = Object.keys(counterLimitKeys) as CounterLimitKeyName[];

/** What a rule on a counter is called: `shop.orders.placed.perMinuteMin`. */
export type CounterLimitName = `${string}.${CounterLimitKeyName}`;

/** The name of a rule, in alerts and mails. */
export type LimitName = LimitKeyName | CounterLimitName;

/** The limits that a counter may have, by key. */
export function counterDefinitions(
  metric: string,
): Record<CounterLimitKeyName, LimitKeyDefinition & { readonly signal: CounterSignalName }> {
  const signal = toCounterSignalName(metric);
  return {
    perMinuteMin: { ...counterLimitKeys.perMinuteMin, signal },
    perMinuteMax: { ...counterLimitKeys.perMinuteMax, signal },
  };
}

/** What the rule of a key is called: the key, and on a counter the metric before it. */
export function toLimitName(
  key: LimitKeyName | CounterLimitKeyName,
  { signal }: Pick<LimitKeyDefinition, "signal">,
): LimitName {
  const metric = readCounterMetric(signal);
  return metric === undefined ? (key as LimitKeyName) : `${metric}.${key as CounterLimitKeyName}`;
}

/** @returns undefined for a rule that no version of the file can have */
export function findLimitDefinition(rule: string): LimitKeyDefinition | undefined {
  if (Object.hasOwn(limitKeys, rule)) return limitKeys[rule as LimitKeyName];
  const key = counterLimitKeyNames.find((name) => rule.endsWith(`.${name}`));
  return key === undefined ? undefined : counterDefinitions(rule.slice(0, -key.length - 1))[key];
}

/** Keys that may stand under an endpoint. */
export type RouteLimitKeyName = {
  [Key in LimitKeyName]: (typeof limitKeys)[Key]["level"] extends "route" ? Key : never;
}[LimitKeyName];

export const routeLimitKeyNames = limitKeyNames.filter(
  (name): name is RouteLimitKeyName => limitKeys[name].level === "route",
);
