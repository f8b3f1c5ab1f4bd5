import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@kontor/kit/logger";
import { Resources } from "@kontor/kit/resources";
import { openTestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openObserver } from "../../src/open-observer.ts";
import type { Batch } from "../../src/store/batch.ts";
import { collect, openTestStore } from "../store/open-test-store.ts";

const examples = [
  ["trace", "traces"],
  ["metrics", "metrics"],
  ["logs", "logs"],
  ["events", "logs"],
] as const;
const traceId = "5b8efff798038103d269b633813fc60c";

let folder = "";
const answers = new Map<string, { status: number; body: unknown }>();
const overHttp = new Map<string, unknown>();
const stored = new Map<Batch["kind"], Batch[]>();

// The whole observer takes them as published, byte for byte; it is asked over HTTP, and after it has ended its folder is read.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kontor-published-"));
  await using database = await openTestDatabase({
    schema: "observer",
    migrations: new URL("../../migrations/", import.meta.url),
  });
  await using observer = await startObserver(database.options);
  for (const [name, signal] of examples) {
    const file = new URL(`../../../third_party/opentelemetry-proto/examples/${name}.json`, import.meta.url);
    const response = await fetch(`${observer.otlpUrl}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: await readFile(file),
    });
    answers.set(name, { status: response.status, body: await response.json() });
  }
  const [spans, logs] = [`/api/v1/traces/${traceId}`, `/api/v1/traces/${traceId}/logs`];
  await vi.waitFor(
    async () => {
      for (const path of [spans, logs]) {
        overHttp.set(path, await (await fetch(observer.url + path)).json());
      }
      expect(overHttp.get(logs)).toMatchObject({ logs: [{}] });
      expect(overHttp.get(spans)).toMatchObject({ spans: [{}] });
    },
    { timeout: 15_000, interval: 100 },
  );
  await observer.stop();
  await using store = await openTestStore(join(folder, "data", "telemetry"));
  await store.caughtUp();
  for (const kind of ["spans", "points", "logs"] as const) stored.set(kind, await collect(store, kind));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function startObserver(postgres: Parameters<typeof openObserver>[0]["postgres"]) {
  const resources = new Resources();
  const configurationPath = join(folder, "observer_config.json");
  await writeFile(configurationPath, "{}");
  const nothing = { otlpToken: undefined, tokens: undefined, busUrl: undefined, heartbeatUrl: undefined };
  const { http, otlpUrl } = await openObserver(
    {
      ...nothing,
      ...{ configurationPath, environment: {}, dataDirectory: join(folder, "data"), postgres },
      ...{ host: "127.0.0.1", port: 0, otlpPort: 0, publicUrl: undefined, version: "test" },
      home: { environment: "default", namespace: "" },
      addresses: { smtp: undefined, webhook: undefined },
      logger: createLogger({ service: "observer", level: "silent" }),
    },
    resources,
  );
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= resources[Symbol.asyncDispose]());
  return { url: http.url, otlpUrl, stop, [Symbol.asyncDispose]: stop };
}

const sender = {
  resource: { service: "my.service", attributes: { "service.name": "my.service" } },
  scope: {
    name: "my.library",
    version: "1.0.0",
    attributes: { "my.scope.attribute": "some scope attribute" },
  },
};
const at = 1_544_712_660_300_000_000n;

function recordsOf(kind: Batch["kind"]): unknown[] {
  const records = (stored.get(kind) ?? []).flatMap((batch): readonly { resource: { service: string } }[] =>
    batch.kind === "spans" ? batch.spans : batch.kind === "points" ? batch.points : batch.logs,
  );
  // On a slow machine the observer has measured itself, too, before it was stopped.
  return records.filter(({ resource }) => resource.service === "my.service");
}

// The files are OpenTelemetry's own: see third_party/opentelemetry-proto.
describe("the published examples of OTLP/JSON", () => {
  it.each(examples)("%s is taken whole", (name) => {
    expect(answers.get(name)).toEqual({ status: 200, body: {} });
  });

  it("trace: the span, as the API shows it and as it is kept", () => {
    expect(overHttp.get(`/api/v1/traces/${traceId}`)).toMatchObject({
      traceId,
      spans: [
        {
          ...{ traceId, spanId: "eee19b7ec3c1b174", parentSpanId: "eee19b7ec3c1b173" },
          ...{ name: "I'm a server span", kind: "server", service: "my.service", scope: "my.library" },
          ...{ startTimeUnixNano: "1544712660000000000", endTimeUnixNano: "1544712661000000000" },
          ...{ durationMs: 1000, status: { code: "unset" }, attributes: { "my.span.attr": "some value" } },
        },
      ],
    });
    expect(recordsOf("spans")).toMatchObject([
      {
        ...sender,
        startUnixNano: 1_544_712_660_000_000_000n,
        endUnixNano: 1_544_712_661_000_000_000n,
        ...{ attributes: { "my.span.attr": "some value" }, events: [], links: [] },
      },
    ]);
  });

  it("metrics: a sum, a gauge, a histogram and an exponential histogram", () => {
    const delta = { temporality: "delta" };
    const point = (name: string, description: string, metric: object, value: object) => ({
      ...sender,
      metric: { name: `my.${name}`, unit: "1", description, ...metric },
      ...{ attributes: { [`my.${name}.attr`]: "some value" }, timeUnixNano: at, value },
    });
    const counter = { kind: "sum", monotonic: true, ...delta };
    const gauge = { kind: "gauge", temporality: "unspecified" };
    const histogram = { kind: "histogram", count: 2, sum: 2, min: 0, max: 2, bounds: [1], counts: [1, 1] };
    const exponential = {
      ...{ kind: "exponential", count: 3, sum: 10, min: 0, max: 5, scale: 0, zeroCount: 1, zeroThreshold: 0 },
      ...{ positive: { offset: 1, counts: [0, 2] }, negative: { counts: [] } },
    };
    expect(recordsOf("points")).toMatchObject([
      { ...point("counter", "I am a Counter", counter, { kind: "number", value: 5 }), startUnixNano: at },
      { ...point("gauge", "I am a Gauge", gauge, { kind: "number", value: 10 }), startUnixNano: 0n },
      point("histogram", "I am a Histogram", { kind: "histogram", ...delta }, histogram),
      point(
        "exponential.histogram",
        "I am an Exponential Histogram",
        { kind: "exponentialHistogram", ...delta },
        exponential,
      ),
    ]);
  });

  it("logs: a record with every kind of attribute, found by its trace", () => {
    const attributes = {
      "string.attribute": "some string",
      ...{ "boolean.attribute": true, "int.attribute": 10, "double.attribute": 637.704 },
      "array.attribute": ["many", "values"],
      "map.attribute": { "some.map.key": "some value" },
    };
    expect(overHttp.get(`/api/v1/traces/${traceId}/logs`)).toMatchObject({
      logs: [{ service: "my.service", body: "Example log record", spanId: "eee19b7ec3c1b174", attributes }],
    });
    expect(recordsOf("logs")).toContainEqual(
      expect.objectContaining({
        ...{ timeUnixNano: at, observedUnixNano: at, severityNumber: 10, severityText: "Information" },
        ...{ traceId, spanId: "eee19b7ec3c1b174", eventName: "", body: "Example log record", attributes },
        resource: expect.objectContaining(sender.resource),
        scope: expect.objectContaining(sender.scope),
      }),
    );
  });

  it("events: the name and a body with parts", () => {
    const body = {
      type: 0,
      url: "https://www.guidgenerator.com/online-guid-generator.aspx",
      referrer: "https://wwww.google.com",
      title: "Free Online GUID Generator",
    };
    expect(recordsOf("logs")).toHaveLength(2);
    expect(recordsOf("logs")).toContainEqual(
      expect.objectContaining({
        ...{ eventName: "browser.page_view", severityNumber: 9, severityText: "test severity text", body },
        ...{ timeUnixNano: at, traceId: "", attributes: { "event.attribute": "some event attribute" } },
      }),
    );
  });
});
