import {
  HEALTH_UP,
  MESSAGING_DELIVERY_DURATION,
  MESSAGING_QUEUE_DEPTH,
  PROCESS_CPU_ALLOWED,
} from "@kontor/kit/metric-names";
import type { CounterInput, GaugeInput, HistogramInput, MetricName, SpanInput } from "./signal-definition.ts";

const seconds = (name: string): MetricName => ({ name, unit: "s", scale: 1000 });
const milliseconds = (name: string): MetricName => ({ name, unit: "ms", scale: 1 });
const bytes = (name: string): MetricName => ({ name, unit: "By", scale: 1e-6 });
const plain = (name: string, unit: string): MetricName => ({ name, unit, scale: 1 });

const serverErrorStatus = { attribute: "http.response.status_code", atLeast: 500 } as const;
/** An exception before any status was sent. Where a status is there, it alone decides: a 404 is not a failure of the server. */
const errorWithoutStatus = { attribute: "error.type", unless: "http.response.status_code" } as const;
const anyError = { attribute: "error.type" } as const;

/** Requests a service answered. The older name counts only where it carries a route; Python's does not, so its spans answer. */
export const serverRequests: HistogramInput = {
  kind: "histogram",
  id: "serverRequests",
  metrics: [seconds("http.server.request.duration"), milliseconds("http.server.duration")],
  requires: ["http.route"],
  failedWhen: [serverErrorStatus, errorWithoutStatus],
};

export const serverSpans: SpanInput = {
  kind: "spans",
  id: "serverSpans",
  spanKinds: ["server"],
  havingOneOf: ["http.request.method", "rpc.method", "rpc.system"],
  failedWhen: [serverErrorStatus, errorWithoutStatus],
  failedOnErrorStatus: true,
};

export const httpClientRequests: HistogramInput = {
  kind: "histogram",
  id: "httpClientRequests",
  metrics: [seconds("http.client.request.duration"), milliseconds("http.client.duration")],
  requires: [],
  failedWhen: [serverErrorStatus, errorWithoutStatus],
};

export const httpClientSpans: SpanInput = {
  kind: "spans",
  id: "httpClientSpans",
  spanKinds: ["client"],
  havingOneOf: ["http.request.method"],
  failedWhen: [serverErrorStatus, errorWithoutStatus],
  failedOnErrorStatus: false,
};

export const databaseOperations: HistogramInput = {
  kind: "histogram",
  id: "databaseOperations",
  metrics: [seconds("db.client.operation.duration")],
  requires: [],
  failedWhen: [anyError],
};

export const databaseSpans: SpanInput = {
  kind: "spans",
  id: "databaseSpans",
  spanKinds: ["client"],
  havingOneOf: ["db.query.text", "db.operation.name"],
  failedWhen: [anyError],
  failedOnErrorStatus: true,
};

/** Messages handled by a consumer. */
export const messagesProcessed: HistogramInput = {
  kind: "histogram",
  id: "messagesProcessed",
  metrics: [seconds("messaging.process.duration")],
  requires: [],
  failedWhen: [anyError],
};

/** From what happened to the consumer that begins to work on it: how far a consumer lags behind. */
export const messageDeliveries: HistogramInput = {
  kind: "histogram",
  id: "messageDeliveries",
  metrics: [seconds(MESSAGING_DELIVERY_DURATION)],
  requires: [],
  failedWhen: [],
};

export const messageSpans: SpanInput = {
  kind: "spans",
  id: "messageSpans",
  spanKinds: ["consumer"],
  havingOneOf: ["messaging.system"],
  failedWhen: [anyError],
  failedOnErrorStatus: true,
};

export const garbageCollections: HistogramInput = {
  kind: "histogram",
  id: "garbageCollections",
  metrics: [seconds("v8js.gc.duration"), seconds("jvm.gc.duration")],
  requires: [],
  failedWhen: [],
};

/** CPU seconds of the process, in user and system mode together. */
export const processCpuTime: CounterInput = {
  kind: "counter",
  id: "processCpuTime",
  metrics: [
    plain("process.cpu.time", "s"),
    plain("jvm.cpu.time", "s"),
    plain("dotnet.process.cpu.time", "s"),
  ],
  where: [],
};

/** Cores the process may use: the cgroup quota where there is one, else the cores it may be scheduled on. */
export const processCpuAllowed: GaugeInput = {
  kind: "gauge",
  id: "processCpuAllowed",
  metrics: [
    plain(PROCESS_CPU_ALLOWED, "{cpu}"),
    plain("jvm.cpu.count", "{cpu}"),
    plain("dotnet.process.cpu.count", "{cpu}"),
  ],
  where: [],
  keepApart: [],
  acrossAttributes: "max",
};

/** What services without the two above send: a share of the HOST's cores, which is less than the share of the allowed ones. */
export const processCpuUtilization: GaugeInput = {
  kind: "gauge",
  id: "processCpuUtilization",
  metrics: [
    plain("process.cpu.utilization", "1"),
    plain("jvm.cpu.recent_utilization", "1"),
    plain("process.runtime.cpython.cpu.utilization", "1"),
  ],
  where: [],
  keepApart: [],
  acrossAttributes: "sum",
};

export const processMemory: GaugeInput = {
  kind: "gauge",
  id: "processMemory",
  metrics: [
    bytes("process.memory.usage"),
    bytes("dotnet.process.memory.working_set"),
    bytes("jvm.memory.committed"),
  ],
  where: [],
  keepApart: [],
  acrossAttributes: "sum",
};

export const heapUsed: GaugeInput = {
  kind: "gauge",
  id: "heapUsed",
  metrics: [bytes("v8js.memory.heap.used"), bytes("go.memory.used")],
  where: [],
  keepApart: [],
  acrossAttributes: "sum",
};

export const eventLoopDelayP99: GaugeInput = {
  kind: "gauge",
  id: "eventLoopDelayP99",
  metrics: [seconds("nodejs.eventloop.delay.p99")],
  where: [],
  keepApart: [],
  acrossAttributes: "max",
};

export const eventLoopUtilization: GaugeInput = {
  kind: "gauge",
  id: "eventLoopUtilization",
  metrics: [plain("nodejs.eventloop.utilization", "1")],
  where: [],
  keepApart: [],
  acrossAttributes: "max",
};

const poolName = "db.client.connection.pool.name";

export const databaseConnectionsUsed: GaugeInput = {
  kind: "gauge",
  id: "databaseConnectionsUsed",
  metrics: [plain("db.client.connection.count", "{connection}")],
  where: [{ attribute: "db.client.connection.state", oneOf: ["used"] }],
  keepApart: [poolName],
  acrossAttributes: "sum",
};

export const databaseConnectionsMax: GaugeInput = {
  kind: "gauge",
  id: "databaseConnectionsMax",
  metrics: [plain("db.client.connection.max", "{connection}")],
  where: [],
  keepApart: [poolName],
  acrossAttributes: "sum",
};

export const databaseConnectionsPending: GaugeInput = {
  kind: "gauge",
  id: "databaseConnectionsPending",
  metrics: [
    plain("db.client.connection.pending_requests", "{request}"),
    plain("db.client.connections.pending_requests", "{request}"),
  ],
  where: [],
  keepApart: [poolName],
  acrossAttributes: "sum",
};

/** What an OpenTelemetry Collector calls the queues of its exporters: one for each exporter and kind of telemetry. */
const exporterQueue = { where: [], keepApart: ["exporter", "data_type"], acrossAttributes: "max" } as const;

export const exporterQueueSize: GaugeInput = {
  ...exporterQueue,
  kind: "gauge",
  id: "exporterQueueSize",
  metrics: [plain("otelcol_exporter_queue_size", "{batches}")],
};

export const exporterQueueCapacity: GaugeInput = {
  ...exporterQueue,
  kind: "gauge",
  id: "exporterQueueCapacity",
  metrics: [plain("otelcol_exporter_queue_capacity", "{batches}")],
};

/** Messages waiting, one series per queue. */
export const queueMessages: GaugeInput = {
  kind: "gauge",
  id: "queueMessages",
  metrics: [plain(MESSAGING_QUEUE_DEPTH, "{message}"), plain("rabbitmq.message.current", "{message}")],
  where: [],
  keepApart: ["messaging.destination.name", "messaging.consumer.group.name"],
  acrossAttributes: "sum",
};

/** One point per health poll: 1 passed, 0 failed or unreachable. Made by the observer's own polls of `healthUrl`. */
export const healthPolls: GaugeInput = {
  kind: "gauge",
  id: "healthPolls",
  metrics: [plain(HEALTH_UP, "1")],
  where: [],
  keepApart: [],
  acrossAttributes: "max",
};
