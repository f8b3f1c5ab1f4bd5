import { type PortsOf, portVariables } from "../ports.ts";

/** The ports that full mode has besides those of embedded mode. OTLP_PORT is the collector's there. */
export const serverPortVariables = {
  otlpGrpc: { variable: "OTLP_GRPC_PORT", port: 4317 },
  observerOtlp: { variable: "OBSERVER_OTLP_PORT", port: 4319 },
  collectorHealth: { variable: "COLLECTOR_HEALTH_PORT", port: 13133 },
  prometheus: { variable: "PROMETHEUS_PORT", port: 9090 },
  influxdb: { variable: "INFLUXDB_PORT", port: 8086 },
  jaeger: { variable: "JAEGER_PORT", port: 16686 },
  jaegerQueryGrpc: { variable: "JAEGER_QUERY_GRPC_PORT", port: 16685 },
  jaegerGrpc: { variable: "JAEGER_OTLP_GRPC_PORT", port: 14317 },
  jaegerHttp: { variable: "JAEGER_OTLP_HTTP_PORT", port: 14318 },
  jaegerHealth: { variable: "JAEGER_HEALTH_PORT", port: 14133 },
  loki: { variable: "LOKI_PORT", port: 3100 },
  lokiGrpc: { variable: "LOKI_GRPC_PORT", port: 9095 },
  rabbitmq: { variable: "RABBITMQ_PORT", port: 5672 },
  rabbitmqDistribution: { variable: "RABBITMQ_DISTRIBUTION_PORT", port: 25672 },
  rabbitmqManagement: { variable: "RABBITMQ_MANAGEMENT_PORT", port: 15672 },
  epmd: { variable: "EPMD_PORT", port: 4369 },
  redis: { variable: "REDIS_PORT", port: 6379 },
} as const;

export const fullPortVariables = { ...portVariables, ...serverPortVariables };

export type FullPorts = PortsOf<typeof fullPortVariables>;
