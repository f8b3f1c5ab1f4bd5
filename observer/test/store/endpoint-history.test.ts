import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SpanRecord } from "../../src/store/span-record.ts";
import { appendAll, openTestStore } from "./open-test-store.ts";
import { hex, openTemporaryFolder, resourceOf, span } from "./records.ts";

const startMs = Date.UTC(2026, 8, 21, 12);
const shopOne = resourceOf({ version: "1" });
const shopTwo = resourceOf({ version: "2" });
const orders = { environment: "default", namespace: "", service: "shop", route: "GET /orders" };
const range = { fromMs: startMs, toMs: startMs + 100_000 };

/** The n-th request, begun so many ms after the start. */
function request(n: number, atMs: number, durationMs: number, fields: Partial<SpanRecord> = {}): SpanRecord {
  const startUnixNano = BigInt(startMs + atMs) * 1_000_000n;
  return span({
    traceId: hex(n, 32),
    spanId: hex(n, 16),
    startUnixNano,
    endUnixNano: startUnixNano + BigInt(durationMs) * 1_000_000n,
    receivedAtMs: startMs + atMs,
    resource: shopOne,
    ...fields,
  });
}

let folder: Awaited<ReturnType<typeof openTemporaryFolder>>;
let store: Awaited<ReturnType<typeof openTestStore>>;

beforeAll(async () => {
  folder = await openTemporaryFolder();
  store = await openTestStore(folder.path);
  const closed = [
    ...Array.from({ length: 10 }, (_, at) => request(at + 1, at * 1_000, (at + 1) * 10)),
    request(50, 500, 9_000, { kind: "client" }),
    request(51, 600, 9_000, { attributes: {} }),
  ];
  const open = [
    ...Array.from({ length: 10 }, (_, at) =>
      request(at + 11, 50_000 + at * 1_000, 200, { resource: shopTwo }),
    ),
    request(60, 100_000, 7_000),
    request(61, 70_000, 40, {
      statusCode: "error",
      attributes: { "http.request.method": "POST", "http.route": "/orders" },
    }),
    request(62, 71_000, -40, { attributes: { "http.request.method": "POST", "http.route": "/orders" } }),
  ];
  await appendAll(store, [{ kind: "spans", receivedAtMs: startMs, spans: closed }]);
  await store.closeSegment();
  await appendAll(store, [{ kind: "spans", receivedAtMs: startMs, spans: open }]);
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe("EndpointHistory over open and closed segments", () => {
  it("counts server spans with a route, start inclusive and end exclusive, most time first", async () => {
    const use = await store.endpointHistory.listEndpointUse({ ...range, limit: 10 });
    // Red when: requestsIn asks for start_ns <= the end
    expect(use).toMatchObject([
      { ...orders, requests: 20, failed: 0, totalMs: 2_550, p50Ms: 150, slowestMs: 200 },
      {
        service: "shop",
        route: "POST /orders",
        requests: 2,
        failed: 1,
        totalMs: 40,
        slowestTraceId: hex(61, 32),
      },
    ]);
    expect(await store.endpointHistory.listEndpointUse({ ...range, limit: 1 })).toHaveLength(1);
    expect(await store.endpointHistory.listEndpointUse({ fromMs: 0, toMs: 1, limit: 9 })).toEqual([]);
  });

  it("gives the course of chosen endpoints in stretches, and leaves out silence", async () => {
    const courses = await store.endpointHistory.listCourses({ ...range, endpoints: [orders], slotMs: 5_000 });
    expect(courses.map(({ atMs, requests, p50Ms }) => [atMs - startMs, requests, p50Ms])).toEqual([
      [0, 5, 30],
      [5_000, 5, 80],
      [50_000, 5, 200],
      [55_000, 5, 200],
    ]);
    expect(await store.endpointHistory.listCourses({ ...range, endpoints: [], slotMs: 5_000 })).toEqual([]);
  });

  it("measures windows in the order asked, by version where one is named, hostile names as names", async () => {
    const whole = { ...orders, ...range };
    const windows = [
      { ...whole, version: "2" },
      { ...whole, route: "'); drop table spans; --", version: undefined },
      { ...whole, version: undefined },
      { ...whole, toMs: startMs, version: "1" },
      { ...whole, version: "1", toMs: startMs + 5_000 },
    ];
    const measures = await store.endpointHistory.measureWindows(windows);
    expect(measures.map(({ requests }) => requests)).toEqual([10, 0, 20, 0, 5]);
    expect(measures[0]?.quantilesMs).toHaveLength(199);
    expect(measures[0]?.quantilesMs[99]).toBe(200);
    expect(measures[1]).toEqual({ requests: 0, quantilesMs: [] });
    expect(await store.endpointHistory.measureWindows([])).toEqual([]);
  });

  it("answers the same where an older Kontor closed a segment without a file of its requests", async () => {
    const ask = async () => [
      await store.endpointHistory.listEndpointUse({ ...range, limit: 10 }),
      await store.endpointHistory.measureWindows([{ ...orders, ...range, version: "1" }]),
    ];
    await store.closeSegment();
    const answers = await ask();
    await store[Symbol.asyncDispose]();
    const segments = join(folder.path, "segments");
    const files = readdirSync(segments)
      .map((name) => join(segments, name, "requests.parquet"))
      .filter((path) => existsSync(path));
    expect(files).toHaveLength(2);
    for (const file of files) rmSync(file);
    store = await openTestStore(folder.path);
    // Red when: requestsIn leaves out the segments without a file of requests
    expect(await ask()).toEqual(answers);
  });
});
