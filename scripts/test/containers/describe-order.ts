import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readTrace } from "../../clients/observer-client.ts";
import type { ContainerSystem } from "../../containers/system/container-system.ts";
import { queryLoki, queryPrometheus, readJaegerTrace } from "../servers/backends.ts";
import { countPlacedOrders } from "../servers/placed-order.ts";
import { eventually } from "../start/eventually.ts";
import { logInSeller, placeOrder } from "../system/running-system.ts";
import { reachInside } from "./inside.ts";

const summaries = z.object({ traces: z.array(z.object({ traceId: z.string(), rootName: z.string() })) });
const waitMs = 60_000;

/** One order through the published gateway is found wherever full mode keeps telemetry. */
export function describeOrder(running: () => ContainerSystem): void {
  describe("an order placed through the published gateway", () => {
    let traceId = "";

    beforeAll(async () => {
      const { urls, readSecret } = running();
      const seller = await logInSeller(urls.gateway, await readSecret("demo_password"));
      const answer = await placeOrder(seller, randomUUID());
      expect(answer.status).toBe(201);
    }, 60_000);

    it("is one trace in the observer, from the gateway to notification", async () => {
      const { urls, readSecret } = running();
      const token = await readSecret("operator_token");
      const list = async () => {
        const url = `${urls.observer}/api/v1/traces?service=gateway&limit=50`;
        const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
        const { traces } = summaries.parse(await response.json());
        return traces.find(({ rootName }) => rootName.startsWith("POST /api/orders"))?.traceId;
      };
      traceId = await eventually(list, waitMs);
      const spans = await eventually(async () => {
        const seen = await readTrace(
          { url: urls.observer, token: { text: token, from: "operator_token" } },
          traceId,
        );
        return seen.some(({ service }) => service === "notification") && seen;
      }, waitMs);
      const services = new Set(spans.map(({ service }) => service));
      expect([...services]).toEqual(expect.arrayContaining(["gateway", "core-erp", "notification"]));
    });

    it("is a trace in Jaeger, at its published port", async () => {
      const { urls } = running();
      const spans = await eventually(async () => {
        const seen = await readJaegerTrace(urls.jaeger, traceId).catch(() => []);
        return seen.length > 3 && seen;
      }, waitMs);
      expect(spans.some((name) => name.includes("/api/orders"))).toBe(true);
    });

    it("is counted in Prometheus", async () => {
      await using prometheus = await reachInside(running().project, "http://prometheus:9090");
      const query =
        'http_server_request_duration_seconds_count{service_name="core-erp",http_route="/api/orders",http_request_method="POST"}';
      const [sample] = await eventually(async () => {
        const samples = await queryPrometheus(prometheus.url, query);
        return samples.length > 0 && samples;
      }, waitMs);
      expect(sample?.value).toBe(1);
    });

    it("is counted in InfluxDB", async () => {
      const { project, readSecret } = running();
      await using influxdb = await reachInside(project, "http://influxdb:8086");
      expect(await countPlacedOrders(influxdb.url, await readSecret("influxdb_token"), waitMs)).toBe(1);
    });

    it("has its log line in Loki, under the trace's id", async () => {
      await using loki = await reachInside(running().project, "http://loki:3100");
      const lines = await eventually(async () => {
        const found = await queryLoki(loki.url, `{service_name="core-erp"} | trace_id="${traceId}"`);
        return found.length > 0 && found;
      }, waitMs);
      expect(lines.map(({ line }) => line)).toContain("order placed");
    });
  });
}
