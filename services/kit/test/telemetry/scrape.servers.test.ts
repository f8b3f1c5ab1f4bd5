import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PrometheusServer, startPrometheus } from "../../src/testing/servers/prometheus.ts";
import { startScraped } from "./scraped-service.ts";

const SOON = { timeout: 20_000, interval: 200 };
const stack = new AsyncDisposableStack();
let prometheus: PrometheusServer;

beforeAll(async () => {
  const environment = { OTEL_METRICS_EXPORTER: "prometheus", OTEL_TRACES_EXPORTER: "none" };
  const services = [
    stack.use(await startScraped({ ...environment, OTEL_SERVICE_NAME: "one" })),
    stack.use(await startScraped({ ...environment, OTEL_SERVICE_NAME: "two" })),
  ];
  for (const service of services) for (let n = 0; n < 5; n++) await service.request();
  const folder = await mkdtemp(join(tmpdir(), "kontor-scrape-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const configFile = join(folder, "prometheus.json");
  const targets = services.map(({ port }) => `127.0.0.1:${port}`);
  // JSON is YAML.
  await writeFile(
    configFile,
    JSON.stringify({
      global: { scrape_interval: "1s", scrape_timeout: "1s" },
      scrape_configs: [{ job_name: "services", static_configs: [{ targets }] }],
    }),
  );
  prometheus = stack.use(await startPrometheus({ configFile }));
}, 90_000);
afterAll(() => stack.disposeAsync());

type Answer = { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };

async function query(promql: string): Promise<[string, number][]> {
  const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(promql)}`);
  const { data } = (await response.json()) as Answer;
  return data.result
    .map(({ metric, value }): [string, number] => [metric.service_name ?? "", Number(value[1])])
    .sort(([a], [b]) => a.localeCompare(b));
}

describe("a real Prometheus that scrapes the services", () => {
  it("finds every target up and each metric under the service it is of", async () => {
    await expect.poll(() => query("sum(up)"), SOON).toEqual([["", 2]]);
    const requests =
      'sum by (service_name) (http_server_request_duration_count{http_route="/things/:id"} * on (instance) group_left (service_name) target_info)';
    await expect
      .poll(() => query(requests), SOON)
      .toEqual([
        ["one", 5],
        ["two", 5],
      ]);
  });

  it("can compute a quantile and a rate from the page", async () => {
    const p95 = "histogram_quantile(0.95, sum by (le) (http_server_request_duration_bucket))";
    await expect.poll(async () => (await query(p95))[0]?.[1], SOON).toBeGreaterThan(0);
    const cpu = "sum(rate(process_cpu_time_total[10s]))";
    await expect.poll(async () => (await query(cpu))[0]?.[1], SOON).toBeGreaterThan(0);
  });
});
