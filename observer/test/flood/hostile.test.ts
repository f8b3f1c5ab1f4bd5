import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, type Observing, startObserving } from "../cli/observing.ts";
import { attributes, jsonMetrics, jsonTraces } from "../ingest/decode-fixture.ts";

const stack = new AsyncDisposableStack();
let observer: Observing;
beforeAll(async () => {
  const { path } = stack.use(await makeFolder());
  observer = stack.use(await startObserving(join(path, "data")));
});
afterAll(() => stack.disposeAsync());

const nowNano = () => BigInt(Date.now()) * 1_000_000n;
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

function span(traceId: string, spanId: number, fields: Record<string, unknown> = {}) {
  const end = nowNano();
  return {
    ...{ traceId, spanId: hex(spanId, 16), name: "GET /a", kind: 2 },
    ...{ startTimeUnixNano: String(end - 1_000_000n), endTimeUnixNano: String(end) },
    attributes: attributes({ "http.request.method": "GET", "http.route": "/a" }),
    ...fields,
  };
}

/** Nested as text, for no parser of ours may build it. */
function nestedText(depth: number): string {
  const value = `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"deep"}${"]}}".repeat(depth)}`;
  const whole = JSON.stringify(
    jsonTraces([span(hex(1, 32), 1, { attributes: [{ key: "deep", value: "HERE" }] })]),
  );
  return whole.replace('"HERE"', value);
}

async function refusedCounts(): Promise<Record<string, number>> {
  const { ingest } = await observer.eventually("/api/v1/self", (body) => body);
  const refused = ingest.refused as { reason: string; count: number }[];
  return {
    ...Object.fromEntries(refused.map(({ reason, count }) => [reason, count])),
    ...ingest.requests.rejected,
  };
}

/** Sends what is hostile. @returns the status, and by how much each counter of refusals rose */
async function sendHostile(path: string, body: string) {
  const before = await refusedCounts();
  const { status } = await fetch(observer.otlpUrl + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const after = await refusedCounts();
  const risen = Object.entries(after).map(
    ([reason, count]) => [reason, count - (before[reason] ?? 0)] as const,
  );
  return { status, refused: Object.fromEntries(risen.filter(([, count]) => count > 0)) };
}

describe("hostile telemetry", () => {
  // Whatever came, the observer answers, judges and takes what is good.
  afterAll(async () => {
    const good = await observer.send("/v1/traces", jsonTraces([span(hex(99, 32), 99)]));
    expect(good.status).toBe(200);
    await observer.eventually(`/api/v1/traces/${hex(99, 32)}`, ({ spans }) => spans);
    const { body } = await observer.request("get", "/health");
    expect(body.checks["observer:tickAge"][0].status).toBe("pass");
    expect(observer.process.child.exitCode).toBeNull();
  });

  it.each([20, 2_000, 100_000])("nested %d deep is refused and counted", async (depth) => {
    const { status, refused } = await sendHostile("/v1/traces", nestedText(depth));
    expect([200, 400]).toContain(status);
    expect(refused).toEqual(status === 200 ? { attributes_too_deep: 1 } : { malformed: 1 });
  });

  it.each([
    ["negative", { startTimeUnixNano: "-5", endTimeUnixNano: "-1" }],
    ["zero", { startTimeUnixNano: "0", endTimeUnixNano: "0" }],
    [
      "far in the future",
      { startTimeUnixNano: "9000000000000000000", endTimeUnixNano: "9000000000000000001" },
    ],
    ["beyond 64 bits", { startTimeUnixNano: "99999999999999999999999", endTimeUnixNano: "1" }],
    ["no number", { startTimeUnixNano: "soon", endTimeUnixNano: {} }],
  ])(
    "with times that are %s is refused and counted, and good spans beside it are taken",
    async (name, times) => {
      const good = hex(1000 + name.length, 32);
      const document = jsonTraces([span(hex(2, 32), 1, times), span(good, 2)]);
      const { status, refused } = await sendHostile("/v1/traces", JSON.stringify(document));
      expect([200, 400]).toContain(status);
      expect(Object.values(refused)).toEqual([1]);
      if (status === 200) await observer.eventually(`/api/v1/traces/${good}`, ({ spans }) => spans);
    },
  );

  it("with NaN and infinities leaves the windows finite", async () => {
    const dataPoints = ["NaN", "Infinity", "-Infinity"].map((asDouble, index) => ({
      ...{ timeUnixNano: String(nowNano() + BigInt(index)), asDouble },
      attributes: attributes({ index }),
    }));
    const histogram = {
      aggregationTemporality: 1,
      dataPoints: [
        {
          ...{ timeUnixNano: String(nowNano()), count: "1", sum: "NaN", bucketCounts: ["1", "0"] },
          ...{ explicitBounds: ["NaN"], attributes: attributes({ "http.route": "/nan" }) },
        },
      ],
    };
    const metrics = [
      { name: "process.memory.usage", unit: "By", gauge: { dataPoints } },
      { name: "http.server.request.duration", unit: "s", histogram },
    ];
    const { status } = await sendHostile("/v1/metrics", JSON.stringify(jsonMetrics(metrics)));
    expect([200, 400]).toContain(status);
    const { rules } = await observer.eventually("/api/v1/rules", (body) => body);
    for (const { observed } of rules) expect(observed === null || Number.isFinite(observed)).toBe(true);
  });

  it("with repeated, missing and cyclic parents is a trace that every page and the API show", async () => {
    const traceId = hex(3, 32);
    const spans = [
      span(traceId, 1, { parentSpanId: hex(2, 16) }),
      span(traceId, 2, { parentSpanId: hex(1, 16) }),
      span(traceId, 3, { parentSpanId: hex(3, 16) }),
      span(traceId, 4, { parentSpanId: hex(77, 16) }),
      span(traceId, 5),
      span(traceId, 5),
      span(traceId, 5, { name: "GET /other" }),
    ];
    expect((await observer.send("/v1/traces", jsonTraces(spans))).status).toBe(200);
    const shown = await observer.eventually(`/api/v1/traces/${traceId}?explain=true`, (body) => body.spans);
    expect(new Set(shown.map(({ spanId }: { spanId: string }) => spanId)).size).toBe(5);
    expect((await observer.request("get", `/traces/${traceId}`)).status).toBe(200);
    // Diagnosed like every other trace, five seconds later.
    const diagnosed = await observer.eventually("/api/v1/self", ({ traces }) =>
      traces.spansHeld === 0 ? traces : undefined,
    );
    expect(diagnosed.tracesFailed).toBe(0);
  });

  it.each([
    ["that is not JSON", "{", 400],
    ["of another shape", '{"resourceSpans":{"a":[1,2]}}', 400],
    ["of nulls", '{"resourceSpans":[null,{"scopeSpans":[null,{"spans":[null]}]}]}', 200],
    [
      "with a name of a megabyte",
      JSON.stringify(jsonTraces([span(hex(4, 32), 1, { name: "x".repeat(1e6) })])),
      200,
    ],
    [
      "with ten thousand attributes",
      JSON.stringify(
        jsonTraces([
          span(hex(5, 32), 1, {
            attributes: attributes(
              Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`a${i}`, i])),
            ),
          }),
        ]),
      ),
      200,
    ],
    [
      "with the names of Object's own",
      JSON.stringify(jsonTraces([span(hex(6, 32), 1)])).replaceAll("http.route", "__proto__"),
      200,
    ],
  ])("%s is answered", async (_, body, status) => {
    const answer = await sendHostile("/v1/traces", body);
    expect([status, 400]).toContain(answer.status);
    expect((await observer.request("get", "/health/live")).status).toBe(200);
  });
});
