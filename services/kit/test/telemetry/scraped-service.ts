import { findFreePorts } from "../../src/testing/servers/server-place.ts";
import { type StartedProcess, startProcess } from "../../src/testing/start-process.ts";

const file = new URL("../fixtures/plain-service.ts", import.meta.url);

/** A service under the telemetry preload with a port for its page, which it uses or not as `environment` says. */
export async function startScraped(environment: Record<string, string> = {}) {
  const port = environment.OTEL_EXPORTER_PROMETHEUS_PORT ?? String((await findFreePorts(1))[0]);
  const env = {
    OTEL_SERVICE_NAME: "fixture",
    OTEL_EXPORTER_PROMETHEUS_PORT: port,
    OTEL_METRIC_EXPORT_INTERVAL: "100",
    OTEL_BSP_SCHEDULE_DELAY: "50",
    ...environment,
  };
  const service: StartedProcess = startProcess(file, { imports: ["@kontor/kit/telemetry"], env });
  const url = (await service.waitFor(/listening (http:[^"]+)/))[1] ?? "";
  return {
    service,
    port,
    /** One request to the service. */
    request: () => fetch(`${url}/things/4711`),
    /** The page; undefined where nobody listens. */
    scrape: (host = "127.0.0.1", path = "/metrics") =>
      fetch(`http://${host}:${port}${path}`).then(
        (response) => response.text(),
        () => undefined,
      ),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}
