import { execFileSync } from "node:child_process";
import { collectorFiles } from "@kontor/kit/testing/servers/collector";
import { findServer } from "@kontor/kit/testing/servers/find-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../start/eventually.ts";
import { queryLoki, queryPrometheus, readJaegerTrace, readMeasurement } from "./backends.ts";
import {
  counter,
  gauge,
  logsOf,
  metricsOf,
  nanoseconds,
  sendOtlp,
  serviceAttributes,
  span,
  toKeyValues,
  tracesOf,
} from "./otlp.ts";
import { openTelemetryPath, type TelemetryPath } from "./telemetry-path.ts";

const waitMs = 20_000;
const resources = new AsyncDisposableStack();
let path: TelemetryPath;

beforeAll(async () => {
  path = resources.use(await openTelemetryPath({ KEPT_TRACE_PERCENT: "0" }));
}, 120_000);
afterAll(() => resources.disposeAsync(), 60_000);

const send = (signal: "traces" | "metrics" | "logs", payload: object) =>
  sendOtlp(path.collector.otlpUrl, signal, payload);

it.each(["gateway", "agent"] as const)("the shipped configuration of the %s is valid", (variant) => {
  const files = collectorFiles(variant).flatMap((file) => ["--config", file]);
  expect(execFileSync(findServer("otelcol"), ["validate", ...files], { encoding: "utf8" })).toBe("");
});

describe("metrics", () => {
  // Red when: `delta_to_cumulative` is not among the processors of metrics/cumulative.
  it("sent as deltas are running sums in Prometheus and InfluxDB, and reach the observer as they are", async () => {
    const resource = serviceAttributes("tills");
    const start = Date.now() - 3_000;
    for (const [index, value] of [5, 7, 9].entries()) {
      await send("metrics", metricsOf(resource, [counter("sales.count", value, 1, start + 1_000 * index)]));
    }
    await eventually(async () => {
      const [sample] = await queryPrometheus(path.prometheus.url, "sales_count_total");
      return sample?.value === 21 && sample.labels.service_name === "tills";
    }, waitMs);
    const values = await eventually(async () => {
      const rows = await readMeasurement(path.influxdb, "sales.count");
      return rows.length >= 3 && rows.map(({ _value }) => Number(_value)).sort((a, b) => a - b);
    }, waitMs);
    expect(values).toEqual([5, 12, 21]);
    await eventually(() => path.observer.received("metrics").includes('"asInt":"9"'), waitMs);
  });

  // Red when: `transform/influxdb` keeps another attribute.
  it("have no tags in InfluxDB but those that name the process, and their own", async () => {
    const resource = serviceAttributes("stock", {
      "host.name": "m1",
      "process.pid": 4711,
      "os.type": "linux",
    });
    await send(
      "metrics",
      metricsOf(resource, [gauge("stock.level", { asInt: "3", attributes: toKeyValues({ shelf: "a" }) })]),
    );
    const [row = {}] = await eventually(async () => {
      const rows = await readMeasurement(path.influxdb, "stock.level");
      return rows.length > 0 && rows;
    }, waitMs);
    const tags = Object.keys(row).filter(
      (name) => /^[a-z]/.test(name) && !["result", "table"].includes(name),
    );
    expect(tags.sort()).toEqual([
      "deployment.environment.name",
      "service.instance.id",
      "service.name",
      "service.namespace",
      "shelf",
    ]);
  });

  // Red when: `filter/influxdb`, or the conversion of exponential histograms, is left out.
  it("that InfluxDB cannot take do not take the others of their batch with them", async () => {
    const resource = serviceAttributes("odd");
    const at = nanoseconds(Date.now());
    const exponential = {
      timeUnixNano: at,
      startTimeUnixNano: at,
      count: "3",
      sum: 6,
      scale: 0,
      zeroCount: "0",
      positive: { offset: 0, bucketCounts: ["1", "2"] },
    };
    const exemplar = { timeUnixNano: at, asDouble: 1, traceId: "a".repeat(32), spanId: "b".repeat(16) };
    const answer = await send(
      "metrics",
      metricsOf(resource, [
        gauge("odd.before", { asInt: "1" }),
        gauge("odd.nan", { asDouble: "NaN" }),
        gauge("odd.infinite", { asDouble: "Infinity" }),
        gauge("odd.stale", { flags: 1 }),
        gauge("odd.timeless", { asInt: "1", timeUnixNano: "0" }),
        gauge("odd.exemplar", { asInt: "1", exemplars: [exemplar] }),
        {
          name: "odd.duration",
          unit: "s",
          exponentialHistogram: { aggregationTemporality: 2, dataPoints: [exponential] },
        },
        gauge("odd.after", { asInt: "1" }),
      ]),
    );
    expect(answer).toBe("200");
    const fields = async (name: string) =>
      (await readMeasurement(path.influxdb, name)).map(({ _field }) => _field);
    await eventually(async () => (await fields("odd.after")).length > 0, waitMs);
    for (const name of ["odd.before", "odd.timeless", "odd.exemplar"]) {
      expect(await fields(name), name).toEqual(["gauge"]);
    }
    for (const name of ["odd.nan", "odd.infinite", "odd.stale", "odd.exemplar_exemplar"]) {
      expect(await fields(name), name).toEqual([]);
    }
    expect(await fields("odd.duration")).toContain("2.5");
  });
});

describe("traces", () => {
  // Red when: span_metrics or the observer stand behind `tail_sampling`, or a policy is left out.
  it("are sampled for Jaeger only: errors and slow ones are kept, the observer and the span metrics get all", async () => {
    const resource = serviceAttributes("door");
    const failed = span({ name: "/failed", isError: true });
    const slow = span({ name: "/slow", durationMs: 800 });
    const fast = span({ name: "/fast" });
    await send("traces", tracesOf(resource, [failed.json, slow.json, fast.json]));
    const inJaeger = (traceId: string) =>
      eventually(async () => (await readJaegerTrace(path.jaeger.url, traceId)).length > 0, waitMs);
    await inJaeger(failed.traceId);
    await inJaeger(slow.traceId);
    expect(await readJaegerTrace(path.jaeger.url, fast.traceId)).toEqual([]);
    for (const { traceId } of [failed, slow, fast])
      expect(path.observer.received("traces")).toContain(traceId);
    // A series begins at 0, one flush before what it counts.
    const calls = 'traces_span_metrics_calls_total{service_name="door"} == 1';
    const counted = await eventually(async () => {
      const samples = await queryPrometheus(path.prometheus.url, calls);
      return samples.length === 3 && samples;
    }, waitMs);
    expect(counted.map(({ labels }) => labels.http_route).sort()).toEqual(["/failed", "/fast", "/slow"]);
  });
});

describe("secrets and persons", () => {
  const secret = "hunter2-and-more";
  const address = "ann@customer.example";

  // Red when: `transform/privacy`, `transform/jaeger` or `transform/loki` is left out of a pipeline.
  it("are in none of the stores", async () => {
    const resource = serviceAttributes("leaky", { "process.command_args": `--password ${secret}` });
    const { traceId, json } = span({
      name: "/leak",
      isError: true,
      attributes: {
        "http.request.header.authorization": `Bearer ${secret}`,
        "db.password": secret,
        "enduser.id": address,
        "db.query.text": `select * from people where mail = '${address}' and pin = 48151623`,
        "url.full": `https://shop.example/x?token=${secret}&page=2`,
        note: `sent to ${address}`,
      },
    });
    await send("traces", tracesOf(resource, [json]));
    const record = {
      timeUnixNano: nanoseconds(Date.now()),
      body: { stringValue: `login of ${address} with password=${secret} and Bearer ${secret}` },
      attributes: toKeyValues({ "session.token": secret, order: "17" }),
      traceId,
      spanId: "b".repeat(16),
    };
    await send("logs", logsOf(resource, [record]));
    const trace = await eventually(async () => {
      const response = await fetch(`${path.jaeger.url}/api/traces/${traceId}`);
      return response.ok && (await response.text());
    }, waitMs);
    const [line] = await eventually(async () => {
      const lines = await queryLoki(path.loki.url, '{service_name="leaky"}');
      return lines.length > 0 && lines;
    }, waitMs);
    for (const stored of [trace, JSON.stringify(line)]) {
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(address);
      expect(stored).not.toContain("48151623");
    }
    expect(trace).toContain("page=2");
    expect(trace).toContain("select * from people where mail = ? and pin = ?");
    expect(line).toMatchObject({ labels: { trace_id: traceId, order: "17" } });
    const seen = await eventually(() => {
      const text = path.observer.received("traces");
      return text.includes("/leak") && text;
    }, waitMs);
    expect(seen).not.toContain(`Bearer ${secret}`);
    expect(seen).not.toContain("db.password");
  });
});

describe("the collector itself", () => {
  // Red when: common.yaml has no reader for its metrics.
  it("tells the observer how full its queues are", async () => {
    await eventually(
      () => path.observer.received("metrics").includes("otelcol_exporter_queue_capacity"),
      waitMs,
    );
    expect(path.observer.received("metrics")).toContain("otelcol_exporter_queue_size");
  });
});
