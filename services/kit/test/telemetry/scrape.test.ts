import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { startOtlpReceiver } from "../../src/testing/otlp-receiver.ts";
import { startScraped } from "./scraped-service.ts";

const HTTP = "http.server.request.duration";
const httpOnPage = /^http_server_request_duration_count\{[^}]*http_route="\/things\/:id"[^}]*\} 1$/m;

describe("OTEL_METRICS_EXPORTER", () => {
  it("otlp, the default: there is nothing to scrape", async () => {
    await using otlp = await startOtlpReceiver();
    await using scraped = await startScraped(otlp.environment);
    await scraped.request();
    await otlp.point(HTTP);
    expect(await scraped.scrape()).toBeUndefined();
  });

  it("otlp,prometheus: the same metrics are sent and can be scraped", async () => {
    await using otlp = await startOtlpReceiver();
    await using scraped = await startScraped({
      ...otlp.environment,
      OTEL_METRICS_EXPORTER: "otlp,prometheus",
    });
    await scraped.request();
    await otlp.point(HTTP);
    const page = await scraped.scrape();
    expect(page).toMatch(httpOnPage);
    for (const name of ["process_cpu_time_total", "process_memory_usage", "nodejs_eventloop_delay_p99"]) {
      expect(page).toContain(`# TYPE ${name} `);
    }
  });

  it("prometheus: they can be scraped and are not sent", async () => {
    await using otlp = await startOtlpReceiver();
    await using scraped = await startScraped({ ...otlp.environment, OTEL_METRICS_EXPORTER: "prometheus" });
    await scraped.request();
    expect(await scraped.scrape()).toMatch(httpOnPage);
    await otlp.span("request", (span) => span.name === "GET /things/:id");
    expect(otlp.points).toEqual([]);
  });

  it("none: neither", async () => {
    await using otlp = await startOtlpReceiver();
    await using scraped = await startScraped({ ...otlp.environment, OTEL_METRICS_EXPORTER: "none" });
    await scraped.request();
    await otlp.span("request", (span) => span.name === "GET /things/:id");
    expect(await scraped.scrape()).toBeUndefined();
    expect(otlp.points).toEqual([]);
  });
});

describe("the page to scrape", () => {
  const environment = { OTEL_METRICS_EXPORTER: "prometheus", OTEL_TRACES_EXPORTER: "none" };

  it("listens on the port of OTEL_EXPORTER_PROMETHEUS_PORT and under /metrics only", async () => {
    await using scraped = await startScraped(environment);
    expect(await scraped.scrape()).toContain("# HELP");
    expect(await scraped.scrape("127.0.0.1", "/")).toBe("");
  });

  it("is for this machine alone unless OTEL_EXPORTER_PROMETHEUS_HOST says otherwise", async () => {
    const addresses = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal);
    await using closed = await startScraped(environment);
    await using open = await startScraped({ ...environment, OTEL_EXPORTER_PROMETHEUS_HOST: "0.0.0.0" });
    for (const { address } of addresses) {
      expect(await closed.scrape(address)).toBeUndefined();
      expect(await open.scrape(address)).toContain("# HELP");
    }
    for (const each of [closed, open]) expect(await each.scrape()).toContain("# HELP");
  });

  it("tells in target_info who it is, by OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES", async () => {
    await using scraped = await startScraped({
      ...environment,
      OTEL_SERVICE_NAME: "billing",
      OTEL_RESOURCE_ATTRIBUTES: "service.namespace=shop,deployment.environment.name=test",
      SERVICE_VERSION: "7.8.9",
    });
    const info = /^target_info\{(.*)\} 1$/m.exec((await scraped.scrape()) ?? "")?.[1];
    for (const label of [
      'service_name="billing"',
      'service_namespace="shop"',
      'deployment_environment_name="test"',
      'service_version="7.8.9"',
    ]) {
      expect(info).toContain(label);
    }
  });

  // Red when: isProbe forgets /metrics.
  it("is no work of the service: being scraped leaves no span and no request", async () => {
    await using otlp = await startOtlpReceiver();
    await using scraped = await startScraped({
      ...otlp.environment,
      OTEL_METRICS_EXPORTER: "otlp,prometheus",
    });
    for (let n = 0; n < 3; n++) expect(await scraped.scrape()).toContain("# HELP");
    await scraped.request();
    await otlp.span("request", (span) => span.name === "GET /things/:id");
    expect(otlp.spans.map(({ name }) => name)).toEqual(["GET /things/:id"]);
    expect(await scraped.scrape()).not.toMatch(/http_server_request_duration_count\{[^}]*\} [^1]/);
  });

  it("says so when its port is taken, and the service goes on", async () => {
    await using first = await startScraped(environment);
    await using second = await startScraped({
      ...environment,
      OTEL_EXPORTER_PROMETHEUS_PORT: first.port,
    });
    await second.service.waitFor(/port \d+: it is in use\. Set OTEL_EXPORTER_PROMETHEUS_PORT/);
    expect((await second.request()).status).toBe(204);
  });
});
