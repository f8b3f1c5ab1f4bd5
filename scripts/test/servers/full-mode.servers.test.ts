import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fullModeServers } from "@kontor/kit/testing/servers/server-versions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { listAlerts, readTrace } from "../../clients/observer-client.ts";
import { readJson } from "../../clients/read-json.ts";
import { switchFault } from "../../faults/fault-client.ts";
import { readOrMakeSecrets } from "../../start/secrets.ts";
import type { System } from "../../start/system.ts";
import { openTemporaryFolder } from "../../start/temporary-folder.ts";
import { eventually } from "../start/eventually.ts";
import { logInSeller, openTestSystem, placeOrder } from "../system/running-system.ts";
import { queryLoki, queryPrometheus, readJaegerTrace, readLokiLines } from "./backends.ts";
import { countPlacedOrders } from "./placed-order.ts";

const waitMs = 40_000;
const resources = new AsyncDisposableStack();
let system: System;
let dataDir: string;
let traceId: string;

const summaries = z.object({ traces: z.array(z.object({ traceId: z.string(), rootName: z.string() })) });

const traceLogs = z.object({
  logs: z.array(z.object({ service: z.string(), body: z.string(), spanId: z.string() })),
});

/** Of the one order that was placed. */
async function findOrderTrace(): Promise<string | undefined> {
  const url = `${system.urls.observer}/api/v1/traces?service=gateway&limit=50`;
  const found = await readJson(url, summaries);
  return found?.traces.find(({ rootName }) => rootName.startsWith("POST /api/orders"))?.traceId;
}

beforeAll(async () => {
  const folder = resources.use(await openTemporaryFolder("system"));
  dataDir = join(folder.path, "data");
  system = resources.use(await openTestSystem(dataDir, { servers: fullModeServers }));
  const seller = await logInSeller(system.urls.gateway);
  expect((await placeOrder(seller, randomUUID())).status).toBe(201);
  traceId = await eventually(findOrderTrace, waitMs);
}, 180_000);
afterAll(() => resources.disposeAsync(), 60_000);

/** The three that an order passes. */
const onTheWay = ["gateway", "core-erp", "notification"];
const urlOf = (name: "prometheus" | "influxdb" | "jaeger" | "loki") => system.urls[name] ?? "";

describe("one order in full mode", () => {
  // Red when: the bus over RabbitMQ does not hand on the trace context, or services send past the collector.
  it("is one trace in the observer, from the gateway to notification", async () => {
    const services = await eventually(async () => {
      const spans = await readTrace({ url: system.urls.observer }, traceId);
      const names = new Set(spans.map(({ service }) => service));
      return onTheWay.every((name) => names.has(name)) && spans;
    }, waitMs);
    expect(services.filter(({ parentSpanId }) => parentSpanId === null)).toHaveLength(1);
  });

  it("is the same trace in Jaeger, span for span", async () => {
    const ofObserver = await readTrace({ url: system.urls.observer }, traceId);
    const names = await eventually(async () => {
      const inJaeger = await readJaegerTrace(urlOf("jaeger"), traceId);
      return inJaeger.length >= ofObserver.length && inJaeger;
    }, waitMs);
    expect(names.sort()).toEqual(ofObserver.map(({ name }) => name).sort());
  });

  it("is counted in Prometheus and InfluxDB, by service and route", async () => {
    const count =
      'http_server_request_duration_seconds_count{http_route="/api/orders",http_request_method="POST"}';
    const counted = await eventually(async () => {
      const samples = await queryPrometheus(urlOf("prometheus"), count);
      return samples.some(({ labels }) => labels.service_name === "core-erp") && samples;
    }, waitMs);
    expect(counted.find(({ labels }) => labels.service_name === "core-erp")).toMatchObject({
      value: 1,
      labels: { service_namespace: "kontor", deployment_environment_name: "full" },
    });
    const { influxdb: token } = await readOrMakeSecrets(dataDir);
    expect(await countPlacedOrders(urlOf("influxdb"), token, waitMs)).toBe(1);
  });

  // Red when: the log bridge of the preload loses the span of the request, or the collector the logs.
  it("has its log lines in Loki under the trace's id, the same as in the observer", async () => {
    const url = `${system.urls.observer}/api/v1/traces/${traceId}/logs`;
    const ofObserver = await eventually(async () => {
      const logs = (await readJson(url, traceLogs))?.logs ?? [];
      return logs.length > 0 && logs;
    }, waitMs);
    const lines = await eventually(async () => {
      const found = await queryLoki(urlOf("loki"), `{service_name=~".+"} | trace_id="${traceId}"`);
      return found.length >= ofObserver.length && found;
    }, waitMs);
    const describeLine = (service: string | undefined, body: string, spanId: string | undefined) =>
      `${service}: ${body} (${spanId})`;
    expect(
      lines.map(({ labels, line }) => describeLine(labels.service_name, line, labels.span_id)).sort(),
    ).toEqual(ofObserver.map(({ service, body, spanId }) => describeLine(service, body, spanId)).sort());
    expect(ofObserver.map(({ service, body }) => `${service}: ${body}`)).toContain("core-erp: order placed");
  });
});

describe("an alert in full mode", () => {
  // Red when: programs.ts leaves JAEGER_URL or LOKI_URL away, or the collector drops the trace id of a log line.
  it("leads to its trace in Jaeger and to the log lines of that trace in Loki", async () => {
    const seller = await logInSeller(system.urls.gateway);
    const placed = await Promise.all(Array.from({ length: 12 }, () => placeOrder(seller, randomUUID())));
    await switchFault(system.urls, "errors", true);
    const { links, traceIds } = await eventually(async () => {
      const { token } = seller;
      const read = placed.map(({ body }) => seller.request("get", `/api/orders/${body.id}`, { token }));
      await Promise.all(read);
      const alerts = await listAlerts({ url: system.urls.observer });
      return alerts.find(({ service, rule, state, traceIds }) => {
        const isBroken = service === "core-erp" && rule === "errorRatioMax" && state === "firing";
        return isBroken && traceIds.length > 0;
      });
    }, waitMs);
    await switchFault(system.urls, "errors", false);

    const [worst = ""] = traceIds;
    expect(links.jaeger).toBe(`${urlOf("jaeger")}/trace/${worst}`);
    expect((await fetch(links.jaeger ?? "")).status).toBe(200);
    await eventually(async () => (await readJaegerTrace(urlOf("jaeger"), worst)).length > 0, waitMs);

    const lines = await eventually(async () => {
      const found = await readLokiLines(links.logs ?? "");
      return found.length > 0 && found;
    }, waitMs);
    expect(new Set(lines.map(({ labels }) => labels.trace_id))).toEqual(new Set([worst]));
  });
});
