import { createTestClient } from "@kontor/kit/testing/http-client";
import { spanKind, startOtlpReceiver } from "@kontor/kit/testing/otlp-receiver";
import { type StartedProcess, startProcess } from "@kontor/kit/testing/start-process";
import { createTestIssuer } from "@kontor/kit/testing/tokens";
import { describe, expect, it } from "vitest";
import { nowhere } from "./start-gateway.ts";

const main = new URL("../src/main.ts", import.meta.url);
const ordersService = new URL("fixtures/orders-service.ts", import.meta.url);
const imports = ["@kontor/kit/telemetry"];

const readUrl = async (process: StartedProcess): Promise<string> =>
  (await process.waitFor(/"url":"([^"]+)"/))[1] ?? "";

describe("the gateway process", () => {
  // Red when: the proxied paths are no Express routes, or node:http is loaded before it is instrumented.
  it("a request through it is one trace: server span, client span, server span of the service, each with its route", async () => {
    await using otlp = await startOtlpReceiver();
    await using issuer = await createTestIssuer();
    const telemetry = { ...otlp.environment, OTEL_BSP_SCHEDULE_DELAY: "50" };
    await using orders = startProcess(ordersService, {
      imports,
      env: { ...telemetry, OTEL_SERVICE_NAME: "orders" },
    });
    await using gateway = startProcess(main, {
      imports,
      env: {
        ...telemetry,
        OTEL_SERVICE_NAME: "gateway",
        PORT: "0",
        CORE_ERP_URLS: await readUrl(orders),
        JWKS_URL: issuer.jwksUrl,
        JWT_ISSUER: issuer.issuer,
        JWT_AUDIENCE: issuer.audience,
      },
    });
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const caller = "b7ad6b7169203331";
    const client = createTestClient(await readUrl(gateway));
    const { status } = await client.request("GET", "/api/orders/4711", {
      token: await issuer.token(),
      headers: { traceparent: `00-${traceId}-${caller}-01` },
    });
    expect(status).toBe(200);
    const door = await otlp.span(
      "gateway",
      (span) => span.service === "gateway" && span.parentSpanId === caller,
    );
    expect(door).toMatchObject({ traceId, kind: spanKind.server, name: "GET /api/orders/*" });
    const call = await otlp.span(
      "call",
      (span) =>
        span.parentSpanId === door.spanId && String(span.attributes["url.full"]).includes("/api/orders/4711"),
    );
    expect(call).toMatchObject({ traceId, kind: spanKind.client, service: "gateway" });
    const served = await otlp.span("service", (span) => span.parentSpanId === call.spanId);
    expect(served).toMatchObject({ traceId, service: "orders", name: "GET /api/orders/:id" });
  });

  it("starts without its services, says so in its health, and ends with 0 on SIGTERM", async () => {
    const env = { PORT: "0", SERVICE_VERSION: "7.8.9", CORE_ERP_URLS: `${nowhere}, http://127.0.0.1:2` };
    await using gateway = startProcess(main, { env });
    const client = createTestClient(await readUrl(gateway));
    const { status, body } = await client.request("GET", "/health");
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "pass", version: "7.8.9", serviceId: "gateway" });
    expect(Object.keys(body.checks)).toEqual([
      "cpu:utilization",
      "memory:utilization",
      "eventloop:delay",
      "auth:instances",
      "core-erp:instances",
      "notification:instances",
    ]);
    expect(body.checks["core-erp:instances"][0]).toMatchObject({
      observedValue: 2,
      observedUnit: "instances",
    });
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0);
  });

  it("names every unusable variable and ends with 1", async () => {
    const env = { AUTH_URLS: "not a url", REQUEST_DEADLINE_MS: "0", JWKS_URL: "x" };
    await using gateway = startProcess(main, { env });
    expect(await gateway.ended).toBe(1);
    for (const name of Object.keys(env)) expect(gateway.output()).toContain(name);
  });
});
