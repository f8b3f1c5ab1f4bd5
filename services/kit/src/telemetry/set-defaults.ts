/**
 * Values for standard OTEL_* variables that are not set, chosen for detection within seconds and no lost spans: with the
 * SDK's own, metrics come once a minute and a burst of spans overflows the queue.
 */
export const telemetryDefaults: Readonly<Record<string, string>> = {
  // Everything else of auto-instrumentations-node only costs here: express, net, dns, fs, router ...
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: "amqplib,graphql,host-metrics,http,ioredis,pg,pino,runtime-node,undici",
  // A caller must not be able to switch observation off by a header; sampling belongs into the collector.
  OTEL_TRACES_SAMPLER: "always_on",
  OTEL_METRIC_EXPORT_INTERVAL: "1000",
  OTEL_BSP_MAX_QUEUE_SIZE: "16384",
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "2048",
  OTEL_BSP_SCHEDULE_DELAY: "1000",
  OTEL_BLRP_MAX_QUEUE_SIZE: "16384",
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: "2048",
  OTEL_BLRP_SCHEDULE_DELAY: "1000",
  OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
  // The SDK's own is `localhost`, which may be ::1 and then is not 127.0.0.1.
  OTEL_EXPORTER_PROMETHEUS_HOST: "127.0.0.1",
};

/** Sets what is not set; an empty variable counts as not set, as the OTel specification has it. */
export function setTelemetryDefaults(environment: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(telemetryDefaults)) {
    if (environment[name] === undefined || environment[name] === "") environment[name] = value;
  }
}
