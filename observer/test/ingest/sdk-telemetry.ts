import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  type AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

/** One request in both encodings, made by OpenTelemetry's own SDK and serialisers. */
export interface SdkRequest {
  readonly protobuf: Uint8Array;
  readonly json: Uint8Array;
}

const resource = resourceFromAttributes({
  "service.name": "shop",
  "service.namespace": "demo",
  "service.instance.id": "shop-1",
  "service.version": "1.2.3",
  "deployment.environment.name": "test",
});

export async function sdkTraces(): Promise<SdkRequest> {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer("shop-tracer", "0.1.0");
  const root = tracer.startSpan("GET /api/orders/:id", {
    kind: SpanKind.SERVER,
    attributes: {
      "http.request.method": "GET",
      "http.route": "/api/orders/:id",
      "http.response.status_code": 500,
    },
  });
  const inside = trace.setSpan(context.active(), root);
  const child = tracer.startSpan(
    "pg.query:SELECT shop",
    {
      kind: SpanKind.CLIENT,
      attributes: {
        "db.system.name": "postgresql",
        "db.query.text": "select * from orders where id = $1",
        ratio: 0.25,
        tags: ["a", "b"],
        big: 2 ** 40,
        negative: -7,
        hit: false,
      },
      links: [{ context: root.spanContext(), attributes: { why: "linked" } }],
    },
    inside,
  );
  child.addEvent("cache.miss", { key: "ünïcode ✓" });
  child.recordException(new Error("connection refused"));
  child.setStatus({ code: SpanStatusCode.ERROR, message: "boom" });
  child.end();
  root.end();
  await provider.forceFlush();
  const spans = exporter.getFinishedSpans();
  return toRequest(
    ProtobufTraceSerializer.serializeRequest(spans),
    JsonTraceSerializer.serializeRequest(spans),
  );
}

/** All instruments, with explicit and exponential histograms. */
export async function sdkMetrics(temporality: AggregationTemporality): Promise<SdkRequest> {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const views = [
    { instrumentName: "exponential", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const },
  ];
  const provider = new MeterProvider({ resource, readers: [reader], views });
  const meter = provider.getMeter("shop-meter", "0.2.0");
  meter.createCounter("orders", { unit: "{order}", description: "Orders placed" }).add(3, { kind: "web" });
  meter.createUpDownCounter("queue").add(-2);
  const histogram = meter.createHistogram("http.server.request.duration", { unit: "s" });
  const exponential = meter.createHistogram("exponential", { unit: "ms" });
  for (const value of [0.003, 0.2, 0.9, 12]) {
    histogram.record(value, { "http.route": "/api/orders" });
    exponential.record(value * 1000);
  }
  exponential.record(0);
  meter.createObservableGauge("temperature").addCallback((result) => result.observe(21.5, { room: "hall" }));
  await reader.forceFlush();
  const [metrics] = exporter.getMetrics();
  await provider.shutdown();
  if (metrics === undefined) throw new Error("the SDK exported nothing");
  return toRequest(
    ProtobufMetricsSerializer.serializeRequest(metrics),
    JsonMetricsSerializer.serializeRequest(metrics),
  );
}

export async function sdkLogs(): Promise<SdkRequest> {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger("shop-logger", "0.3.0");
  logger.emit({
    severityNumber: 9,
    severityText: "INFO",
    body: "order placed",
    attributes: { "order.id": "o-1" },
  });
  logger.emit({
    severityNumber: 17,
    severityText: "ERROR",
    body: { message: "failed", codes: [1, 2], nested: { deep: true } },
    eventName: "order.failed",
  });
  await provider.forceFlush();
  const logs = exporter.getFinishedLogRecords();
  return toRequest(ProtobufLogsSerializer.serializeRequest(logs), JsonLogsSerializer.serializeRequest(logs));
}

function toRequest(protobuf: Uint8Array | undefined, json: Uint8Array | undefined): SdkRequest {
  if (protobuf === undefined || json === undefined) throw new Error("the SDK serialised nothing");
  return { protobuf, json };
}
