import type { FullModeServer } from "@kontor/kit/testing/servers/server-versions";
import type { Secrets } from "../secrets.ts";
import { urlOf } from "../urls.ts";
import type { FullPorts } from "./server-ports.ts";

/** Where the programs find the servers of full mode; what is left out of it is undefined. */
export type Backends = {
  /** Where services send to; undefined: straight to the observer. */
  collectorUrl: string | undefined;
  /** Where the observer takes OTLP. */
  observerOtlpPort: number;
  busUrl: string | undefined;
  redisUrl: string | undefined;
  prometheusUrl: string | undefined;
  influxdb: { url: string; organisation: string; bucket: string; token: string } | undefined;
  jaegerUrl: string | undefined;
  lokiUrl: string | undefined;
};

export function toBackends(present: readonly FullModeServer[], ports: FullPorts, secrets: Secrets): Backends {
  const ifPresent = <T>(name: FullModeServer, value: T): T | undefined =>
    present.includes(name) ? value : undefined;
  return {
    collectorUrl: ifPresent("otelcol", urlOf(ports.otlp)),
    observerOtlpPort: present.includes("otelcol") ? ports.observerOtlp : ports.otlp,
    // RabbitMQ lets this account in from the same machine only.
    busUrl: ifPresent("rabbitmq", `amqp://guest:guest@127.0.0.1:${ports.rabbitmq}`),
    redisUrl: ifPresent("redis", `redis://127.0.0.1:${ports.redis}`),
    prometheusUrl: ifPresent("prometheus", urlOf(ports.prometheus)),
    influxdb: ifPresent("influxdb", {
      url: urlOf(ports.influxdb),
      organisation: "kontor",
      bucket: "telemetry",
      token: secrets.influxdb,
    }),
    jaegerUrl: ifPresent("jaeger", urlOf(ports.jaeger)),
    lokiUrl: ifPresent("loki", urlOf(ports.loki)),
  };
}
