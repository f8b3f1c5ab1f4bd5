import { expect, it } from "vitest";
import { startPrometheus } from "../../../src/testing/servers/prometheus.ts";

it("startPrometheus takes OTLP and answers PromQL", async () => {
  await using prometheus = await startPrometheus();
  const response = await fetch(`${prometheus.otlpUrl}/v1/metrics`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(gauge("process.memory.usage", 42)),
  });
  expect(response.status).toBe(200);
  const url = `${prometheus.url}/api/v1/query?query=process_memory_usage_bytes`;
  const { data } = (await (await fetch(url)).json()) as { data: { result: unknown[] } };
  expect(data.result).toMatchObject([
    { metric: { service_name: "orders", service_namespace: "kontor" }, value: [expect.anything(), "42"] },
  ]);
});

function gauge(name: string, value: number): object {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const attributes = [attribute("service.name", "orders"), attribute("service.namespace", "kontor")];
  const dataPoints = [{ asInt: String(value), timeUnixNano: `${Date.now()}000000` }];
  return {
    resourceMetrics: [
      {
        resource: { attributes },
        scopeMetrics: [{ metrics: [{ name, unit: "By", gauge: { dataPoints } }] }],
      },
    ],
  };
}
