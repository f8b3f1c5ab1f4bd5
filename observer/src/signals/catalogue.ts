import {
  type CounterSignalName,
  readCounterMetric,
  toCounterSignal,
  toCounterSignalName,
} from "./counter-signal.ts";
import * as inputs from "./inputs.ts";
import type { EventInput, Reading, SignalDefinition } from "./signal-definition.ts";

type Events = readonly [EventInput, ...EventInput[]];

const quantile = (of: Events, q: number) =>
  readings(of, (input) => ({ kind: "quantile", of: input, quantile: q }));
const failureRatio = (of: Events) => readings(of, (input) => ({ kind: "failureRatio", of: input }));
const eventRate = (of: Events) => readings(of, (input) => ({ kind: "eventRate", of: input, perSeconds: 1 }));

function readings([first, ...rest]: Events, make: (input: EventInput) => Reading): [Reading, ...Reading[]] {
  return [make(first), ...rest.map(make)];
}

const server: Events = [inputs.serverRequests, inputs.serverSpans];
const httpClient: Events = [inputs.httpClientRequests, inputs.httpClientSpans];
const database: Events = [inputs.databaseOperations, inputs.databaseSpans];
const messaging: Events = [inputs.messagesProcessed, inputs.messageSpans];

const perRoute = { dimensions: ["route"], countOf: "requests", instances: "pool" } as const;
const perService = { dimensions: [], countOf: "requests", instances: "pool" } as const;
const worstInstance = { dimensions: [], countOf: "points", instances: "max" } as const;

const definitions = {
  serverLatencyP50: {
    ...perRoute,
    description: "Median time to answer a request, per route.",
    unit: "ms",
    readings: quantile(server, 0.5),
  },
  serverLatencyP95: {
    ...perRoute,
    description: "Time within which 95 of 100 requests are answered, per route.",
    unit: "ms",
    readings: quantile(server, 0.95),
  },
  serverLatencyP99: {
    ...perRoute,
    description: "Time within which 99 of 100 requests are answered, per route.",
    unit: "ms",
    readings: quantile(server, 0.99),
  },
  serverErrorRatio: {
    ...perRoute,
    description: "Requests answered with 5xx or not at all, of all requests, per route.",
    unit: "ratio",
    readings: failureRatio(server),
  },
  serverRequestRate: {
    ...perRoute,
    description: "Requests answered per second, per route.",
    unit: "1/s",
    readings: eventRate(server),
  },

  serviceLatencyP50: {
    ...perService,
    description: "Median time to answer a request, all routes of a service.",
    unit: "ms",
    readings: quantile(server, 0.5),
  },
  serviceLatencyP95: {
    ...perService,
    description: "Time within which 95 of 100 requests are answered, all routes of a service.",
    unit: "ms",
    readings: quantile(server, 0.95),
  },
  serviceLatencyP99: {
    ...perService,
    description: "Time within which 99 of 100 requests are answered, all routes of a service.",
    unit: "ms",
    readings: quantile(server, 0.99),
  },
  serviceErrorRatio: {
    ...perService,
    description: "Requests answered with 5xx or not at all, of all requests of a service.",
    unit: "ratio",
    readings: failureRatio(server),
  },
  serviceRequestRate: {
    ...perService,
    description: "Requests answered per second by a service.",
    unit: "1/s",
    readings: eventRate(server),
  },

  httpClientLatencyP95: {
    ...perService,
    description: "Time within which 95 of 100 outgoing HTTP calls are answered.",
    unit: "ms",
    readings: quantile(httpClient, 0.95),
  },
  httpClientErrorRatio: {
    ...perService,
    description: "Outgoing HTTP calls that failed or were answered with 5xx, of all.",
    unit: "ratio",
    readings: failureRatio(httpClient),
  },
  databaseLatencyP95: {
    ...perService,
    description: "Time within which 95 of 100 database operations are done.",
    unit: "ms",
    readings: quantile(database, 0.95),
  },
  databaseErrorRatio: {
    ...perService,
    description: "Database operations that failed, of all.",
    unit: "ratio",
    readings: failureRatio(database),
  },
  databaseOperationRate: {
    ...perService,
    description: "Database operations per second.",
    unit: "1/s",
    readings: eventRate(database),
  },
  messagingLatencyP95: {
    ...perService,
    description: "Time within which 95 of 100 consumed messages are handled.",
    unit: "ms",
    readings: quantile(messaging, 0.95),
  },
  messagingErrorRatio: {
    ...perService,
    description: "Consumed messages whose handling failed, of all.",
    unit: "ratio",
    readings: failureRatio(messaging),
  },
  messagingRate: {
    ...perService,
    description: "Messages consumed per second.",
    unit: "1/s",
    readings: eventRate(messaging),
  },

  messagingDeliveryP95: {
    ...perService,
    description: "Time within which 95 of 100 messages reach the consumer that works on them.",
    unit: "ms",
    readings: quantile([inputs.messageDeliveries], 0.95),
  },

  cpuRatio: {
    ...worstInstance,
    description: "Cores used of cores allowed, mean over the window, busiest instance.",
    unit: "ratio",
    readings: [
      {
        kind: "quotient",
        dividend: { kind: "counterRate", of: inputs.processCpuTime, perSeconds: 1 },
        divisor: { kind: "gauge", of: inputs.processCpuAllowed, over: "latest" },
      },
      { kind: "gauge", of: inputs.processCpuUtilization, over: "mean" },
    ],
  },
  memoryMb: {
    ...worstInstance,
    description: "Memory of the process, latest value, largest instance.",
    unit: "MB",
    readings: [{ kind: "gauge", of: inputs.processMemory, over: "latest" }],
  },
  heapUsedMb: {
    ...worstInstance,
    description: "Heap in use, latest value, largest instance.",
    unit: "MB",
    readings: [{ kind: "gauge", of: inputs.heapUsed, over: "latest" }],
  },
  eventLoopDelayP99: {
    ...worstInstance,
    description: "99th percentile of the event loop's delay over the last export interval, worst instance.",
    unit: "ms",
    readings: [{ kind: "gauge", of: inputs.eventLoopDelayP99, over: "latest" }],
  },
  eventLoopUtilization: {
    ...worstInstance,
    description: "Share of time the event loop is busy, mean over the window, busiest instance.",
    unit: "ratio",
    readings: [{ kind: "gauge", of: inputs.eventLoopUtilization, over: "mean" }],
  },
  gcTimeRatio: {
    ...worstInstance,
    description: "Share of time spent collecting garbage, worst instance.",
    unit: "ratio",
    readings: [{ kind: "timeShare", of: inputs.garbageCollections }],
  },
  databasePoolRatio: {
    ...worstInstance,
    description: "Connections in use of the pool's size, latest value, fullest pool.",
    unit: "ratio",
    readings: [
      {
        kind: "quotient",
        dividend: { kind: "gauge", of: inputs.databaseConnectionsUsed, over: "latest" },
        divisor: { kind: "gauge", of: inputs.databaseConnectionsMax, over: "latest" },
      },
    ],
  },
  databasePoolPending: {
    ...worstInstance,
    description: "Requests waiting for a connection, latest value, longest line.",
    unit: "count",
    readings: [{ kind: "gauge", of: inputs.databaseConnectionsPending, over: "latest" }],
  },
  queueDepth: {
    ...worstInstance,
    description: "Messages waiting in a queue, latest value, longest queue.",
    unit: "count",
    readings: [{ kind: "gauge", of: inputs.queueMessages, over: "latest" }],
  },
  exportQueueRatio: {
    ...worstInstance,
    description: "Queue of a collector's exporter in use of its size, latest value, fullest queue.",
    unit: "ratio",
    readings: [
      {
        kind: "quotient",
        dividend: { kind: "gauge", of: inputs.exporterQueueSize, over: "latest" },
        divisor: { kind: "gauge", of: inputs.exporterQueueCapacity, over: "latest" },
      },
    ],
  },
  availability: {
    dimensions: [],
    countOf: "points",
    instances: "mean",
    description: "Health polls that passed, of all polls of the window.",
    unit: "ratio",
    readings: [{ kind: "gauge", of: inputs.healthPolls, over: "mean" }],
  },
} as const satisfies Record<string, Omit<SignalDefinition, "name">>;

/** What every sender is looked at for. */
export type CataloguedName = keyof typeof definitions;

/** A signal of the catalogue, or the counter of a service that the configuration names. */
export type SignalName = CataloguedName | CounterSignalName;

export type CataloguedSignal = SignalDefinition & { readonly name: SignalName };

/**
 * Every signal Kontor knows by itself, each defined once; adapters compile what they need from the definitions alone. Counters that the
 * configuration names come on top: `getSignal` answers for both.
 */
export const signalCatalogue: Readonly<Record<CataloguedName, CataloguedSignal>> = withNames(definitions);

/** The definition behind a name, whether it stands in the catalogue or names a counter. */
export function getSignal(name: SignalName): CataloguedSignal {
  const metric = readCounterMetric(name);
  return metric === undefined
    ? signalCatalogue[name as CataloguedName]
    : toCounterSignal(toCounterSignalName(metric));
}

/** @returns undefined for a name that neither stands in the catalogue nor names a counter */
export function findSignal(name: string): CataloguedSignal | undefined {
  const isKnown = Object.hasOwn(definitions, name) || (readCounterMetric(name) ?? "") !== "";
  return isKnown ? getSignal(name as SignalName) : undefined;
}

/** The signal of the catalogue that reads a metric; undefined for a metric that none reads. */
export function findMetricReader(metric: string): CataloguedName | undefined {
  for (const { name, readings } of Object.values(signalCatalogue)) {
    const read = readings.flatMap((reading) =>
      reading.kind === "quotient" ? [reading.dividend.of, reading.divisor.of] : [reading.of],
    );
    if (read.some((input) => input.kind !== "spans" && input.metrics.some((one) => one.name === metric)))
      return name as CataloguedName;
  }
  return undefined;
}

function withNames(
  unnamed: Readonly<Record<CataloguedName, Omit<SignalDefinition, "name">>>,
): Record<CataloguedName, CataloguedSignal> {
  const names = Object.keys(unnamed) as CataloguedName[];
  return Object.fromEntries(names.map((name) => [name, { name, ...unnamed[name] }])) as Record<
    CataloguedName,
    CataloguedSignal
  >;
}
