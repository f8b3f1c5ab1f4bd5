import {
  AggregationTemporality,
  InMemoryMetricExporter,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";

export type RecordedTelemetry = AsyncDisposable & {
  /** Spans that have ended, in that order. */
  spans(): ReadableSpan[];
  /** The metrics as they stand now. */
  metrics(): Promise<MetricData[]>;
};

/** A telemetry SDK that keeps everything in memory. One per process: call it once, at the top of a test file. */
export function recordTelemetry(): RecordedTelemetry {
  const spanExporter = new InMemorySpanExporter();
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const sdk = new NodeSDK({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })],
    metricReaders: [reader],
    logRecordProcessors: [],
    instrumentations: [],
    autoDetectResources: false,
  });
  sdk.start();
  return {
    spans: () => spanExporter.getFinishedSpans(),
    async metrics() {
      metricExporter.reset();
      await reader.forceFlush();
      return metricExporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    },
    [Symbol.asyncDispose]: () => sdk.shutdown(),
  };
}
