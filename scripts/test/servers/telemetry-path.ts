import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CollectorServer, startCollector } from "@kontor/kit/testing/servers/collector";
import { type InfluxdbServer, startInfluxdb } from "@kontor/kit/testing/servers/influxdb";
import { type JaegerServer, startJaeger } from "@kontor/kit/testing/servers/jaeger";
import { type LokiServer, startLoki } from "@kontor/kit/testing/servers/loki";
import { type PrometheusServer, startPrometheus } from "@kontor/kit/testing/servers/prometheus";
import { type OtlpRecorder, startOtlpRecorder } from "./otlp-recorder.ts";

/** The collector as shipped in front of its real backends; a recorder stands where the observer would. */
export type TelemetryPath = AsyncDisposable & {
  collector: CollectorServer;
  prometheus: PrometheusServer;
  influxdb: InfluxdbServer;
  jaeger: JaegerServer;
  loki: LokiServer;
  observer: OtlpRecorder;
};

/** What tests set differently: bodies that a test can read, and sampling that does not make it wait. */
const overlay = `
exporters:
  otlp_http/observer:
    encoding: json
processors:
  tail_sampling:
    decision_wait: 2s
    decision_wait_after_root_received: 1s
`;

/** @param environment further variables for the collector */
export async function openTelemetryPath(environment: Record<string, string> = {}): Promise<TelemetryPath> {
  const stack = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), "kontor-test-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const observer = stack.use(await startOtlpRecorder());
    const [prometheus, influxdb, jaeger, loki] = await Promise.all([
      startPrometheus().then((server) => stack.use(server)),
      startInfluxdb().then((server) => stack.use(server)),
      startJaeger().then((server) => stack.use(server)),
      startLoki().then((server) => stack.use(server)),
    ]);
    const file = join(folder, "overlay.yaml");
    await writeFile(file, overlay);
    const collector = stack.use(
      await startCollector({
        configFiles: [file],
        environment: {
          OBSERVER_OTLP_URL: observer.url,
          PROMETHEUS_OTLP_URL: prometheus.otlpUrl,
          INFLUXDB_URL: influxdb.url,
          INFLUXDB_ORG: influxdb.organisation,
          INFLUXDB_BUCKET: influxdb.bucket,
          INFLUXDB_TOKEN: influxdb.token,
          JAEGER_OTLP_ADDRESS: jaeger.grpcAddress,
          LOKI_OTLP_URL: loki.otlpUrl,
          ...environment,
        },
      }),
    );
    const dispose = () => stack.disposeAsync();
    return { collector, prometheus, influxdb, jaeger, loki, observer, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
