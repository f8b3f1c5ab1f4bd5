import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@kontor/kit/logger";
import { Resources } from "@kontor/kit/resources";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openObserver } from "../src/open-observer.ts";

/** One server span of `shop`, as OTLP JSON. */
function requestSpan(index: number, ms: number, endMs: number) {
  const hex = (length: number) => (index + 1).toString(16).padStart(length, "0");
  return {
    traceId: hex(32),
    spanId: hex(16),
    name: "GET /basket",
    kind: 2,
    startTimeUnixNano: `${Math.round(endMs - ms)}000000`,
    endTimeUnixNano: `${Math.round(endMs)}000000`,
    attributes: [
      { key: "http.request.method", value: { stringValue: "GET" } },
      { key: "http.route", value: { stringValue: "/basket" } },
      { key: "http.response.status_code", value: { intValue: "200" } },
    ],
  };
}

function tracesOf(spans: readonly object[]) {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "test" }, spans }] }] };
}

describe("the observer", () => {
  let folder = "";
  let database: TestDatabase;
  const received: { alerts: { labels: Record<string, string>; status: string }[]; status: string }[] = [];
  const webhook = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      received.push(JSON.parse(body));
      response.writeHead(200).end();
    });
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kontor-observer-"));
    database = await openTestDatabase({
      schema: "observer",
      migrations: new URL("../migrations/", import.meta.url),
    });
    await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
    const configuration = {
      defaults: { latencyP95MsMax: { limit: 500, minRequests: 5, keepFiringSeconds: 60 } },
      alerts: { receivers: [{ name: "hook", type: "webhook", severities: ["warning", "critical"] }] },
    };
    await writeFile(join(folder, "observer_config.json"), JSON.stringify(configuration));
  });
  afterAll(async () => {
    await new Promise((resolve) => webhook.close(resolve));
    await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function start() {
    const resources = new Resources();
    const observer = await openObserver(
      {
        configurationPath: join(folder, "observer_config.json"),
        environment: {},
        dataDirectory: join(folder, "data"),
        host: "127.0.0.1",
        port: 0,
        otlpPort: 0,
        otlpToken: undefined,
        tokens: undefined,
        version: "test",
        home: { environment: "default", namespace: "" },
        postgres: database.options,
        busUrl: undefined,
        addresses: {
          smtp: undefined,
          webhook: {
            url: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`,
            secret: "a secret of the test",
          },
        },
        heartbeatUrl: undefined,
        publicUrl: undefined,
        logger: createLogger({ service: "observer", level: "silent" }),
      },
      resources,
    );
    const read = async (path: string): Promise<unknown> => (await fetch(observer.http.url + path)).json();
    return { observer, read, stop: () => resources[Symbol.asyncDispose]() };
  }

  // Red when: `intake.refill` is left out, or `onDone` does not journal that the message was sent.
  it("alerts on slow requests, shows the trace, and after a restart knows both without telling twice", async () => {
    const first = await start();
    const spans = Array.from({ length: 20 }, (_, index) => requestSpan(index, 900, Date.now()));
    const answer = await fetch(`${first.observer.otlpUrl}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(tracesOf(spans)),
    });
    expect(answer.status).toBe(200);
    await vi.waitFor(
      async () => {
        expect(await first.read("/api/v1/alerts?service=shop")).toMatchObject({
          alerts: [
            { rule: "latencyP95MsMax", endpoint: "GET /basket", state: "firing", limit: 500, unit: "ms" },
          ],
        });
        expect(received.map(({ status }) => status)).toEqual(["firing"]);
      },
      { timeout: 15_000, interval: 100 },
    );
    const [span] = spans;
    await vi.waitFor(
      async () =>
        expect(await first.read(`/api/v1/traces/${span?.traceId}`)).toMatchObject({
          spans: [{ service: "shop" }],
        }),
      {
        timeout: 5_000,
        interval: 100,
      },
    );
    await first.stop();

    const second = await start();
    await vi.waitFor(
      async () => {
        expect(await second.read("/api/v1/alerts?service=shop")).toMatchObject({
          alerts: [{ endpoint: "GET /basket", state: "firing" }],
        });
        expect(await second.read("/api/v1/rules")).toMatchObject({ evaluatedAt: expect.any(String) });
      },
      { timeout: 10_000, interval: 100 },
    );
    expect(await second.read(`/api/v1/traces/${span?.traceId}`)).toMatchObject({
      spans: [{ name: "GET /basket" }],
    });
    const shop = expect.objectContaining({ service: "shop", routes: ["GET /basket"] });
    expect(await second.read("/api/v1/services")).toMatchObject({ services: expect.arrayContaining([shop]) });
    await second.stop();
    expect(received.map(({ status }) => status)).toEqual(["firing"]);
  });
});
