import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Batch } from "../../src/store/batch.ts";
import type { SpanRecord } from "../../src/store/span-record.ts";
import { killAfterLines } from "./kill-after-lines.ts";
import { appendAll, collect, collectRecent, openTestStore } from "./open-test-store.ts";
import { hex, log, openTemporaryFolder, point, resourceOf, span, spanBatch } from "./records.ts";

const rich: SpanRecord = span({
  ...{
    traceId: hex(0xabc, 32),
    spanId: "ffffffffffffffff",
    parentSpanId: hex(5, 16),
    traceState: "ot=th:8",
    kind: "client",
  },
  ...{
    statusCode: "error",
    statusMessage: "no ✓",
    startUnixNano: 1_795_485_443_671_000_051n,
    endUnixNano: 1_795_485_443_672_234_617n,
  },
  attributes: { text: "ünïcode ✓ '\"\\\n", number: 1.5, list: ["a", { deep: null }], yes: true, none: null },
  events: [
    { timeUnixNano: 1_795_485_443_671_500_003n, name: "e", attributes: { a: 1 }, droppedAttributesCount: 2 },
  ],
  links: [{ traceId: hex(9, 32), spanId: hex(9, 16), attributes: { why: "x" }, traceState: "a=b", flags: 1 }],
  dropped: { attributes: 1, events: 2, links: 3 },
});

const points: Batch = {
  kind: "points",
  receivedAtMs: 1_300,
  points: [
    point({ kind: "number", value: 5 }),
    point({ kind: "number", value: Number.NaN }, { metricFields: { name: "odd", kind: "gauge" } }),
    point({ kind: "number", value: 1544712660300000000, exactValue: "1544712660300000001" }),
    point({ kind: "none" }, { flags: 1 }),
    point(
      { kind: "histogram", count: 3, sum: 3.5, min: undefined, max: 2, bounds: [1], counts: [1, 2] },
      {
        metricFields: {
          name: "h",
          kind: "histogram",
          unit: "s",
          description: "It's",
          temporality: "delta",
          monotonic: false,
        },
        attributes: { a: "b" },
        exemplars: [
          {
            timeUnixNano: 5n,
            value: Number.POSITIVE_INFINITY,
            traceId: hex(1, 32),
            spanId: hex(1, 16),
            attributes: {},
          },
        ],
      },
    ),
    point(
      { kind: "summary", count: 2, sum: 8, quantiles: [{ quantile: 0.5, value: 4 }] },
      { metricFields: { kind: "summary" } },
    ),
    point(
      {
        ...{
          kind: "exponential",
          count: 2,
          sum: 8,
          min: undefined,
          max: undefined,
          scale: -1,
          zeroCount: 1,
          zeroThreshold: 0,
        },
        ...{ positive: { offset: -3, counts: [1] }, negative: { offset: 0, counts: [] } },
      },
      { metricFields: { kind: "exponentialHistogram" } },
    ),
  ].map((one) => ({ ...one, receivedAtMs: 1_300 })),
};

const logs: Batch = {
  kind: "logs",
  receivedAtMs: 1_300,
  logs: [
    log({
      traceId: hex(0xabc, 32),
      body: { nested: ["x", 1] },
      attributes: { a: 1 },
      eventName: "e",
      droppedAttributesCount: 4,
      receivedAtMs: 1_300,
    }),
    log({ traceId: "", spanId: "", timeUnixNano: 0n, severityNumber: 0, body: null, receivedAtMs: 1_300 }),
  ],
};

describe("what was accepted", () => {
  // Red when: any field of any kind of record is lost, rounded or changed between ingest and reading, open or closed.
  it("is read back whole, from the open segment and from Parquet", async () => {
    await using folder = await openTemporaryFolder();
    await using store = await openTestStore(folder.path);
    const spans: Batch = { kind: "spans", receivedAtMs: 1_300, spans: [{ ...rich, receivedAtMs: 1_300 }] };
    await appendAll(store, [spans, points, logs]);
    for (const isClosed of [false, true]) {
      if (isClosed) await store.closeSegment();
      expect(await store.traceStore.getTrace(rich.traceId)).toEqual(spans.spans);
      expect(await collect(store, "points")).toEqual([points]);
      expect(await collect(store, "logs")).toEqual([logs]);
      expect(await collectRecent(store, "spans")).toEqual([spans]);
      expect(await collectRecent(store, "points")).toEqual([points]);
      expect(await collectRecent(store, "logs")).toEqual([logs]);
      expect(await store.getTraceLogs(rich.traceId)).toEqual([logs.kind === "logs" && logs.logs[0]]);
    }
    expect(await store.traceStore.getTrace(hex(77, 32))).toEqual([]);
    expect(await store.traceStore.getTrace("' or 1=1 --")).toEqual([]);
    expect(store.failures).toEqual([]);
  });

  it("has a span once that was sent twice", async () => {
    await using folder = await openTemporaryFolder();
    await using store = await openTestStore(folder.path);
    await appendAll(store, [spanBatch(3), spanBatch(3)]);
    expect(await store.traceStore.getTrace(hex(1, 32))).toHaveLength(3);
    const [summary] = await store.traceStore.searchTraces({ fromMs: 0, toMs: 9e9, limit: 10 });
    expect(summary?.spanCount).toBe(3);
  });

  it("is there after a restart, and read in the order of its arrival", async () => {
    await using folder = await openTemporaryFolder();
    {
      await using store = await openTestStore(folder.path);
      for (let at = 1; at <= 5; at++) await store.journal.append(spanBatch(at, 1_000 + at));
      // Closed at once: what is not stored yet comes from the journal.
    }
    await using store = await openTestStore(folder.path);
    await store.caughtUp();
    await store.closeSegment();
    await appendAll(store, [spanBatch(6, 1_006)]);
    const batches = await collect(store, "spans", 1_002);
    expect(batches.map(({ receivedAtMs }) => receivedAtMs)).toEqual([1_002, 1_003, 1_004, 1_005, 1_006]);
    expect(await collectRecent(store, "spans", 1_002)).toEqual(batches);
    expect(batches.map((batch) => batch.kind === "spans" && batch.spans.length)).toEqual([2, 3, 4, 5, 6]);
  });

  it("is read after a start only as far back as time and number allow", async () => {
    await using folder = await openTemporaryFolder();
    await using store = await openTestStore(folder.path);
    for (let at = 1; at <= 10; at++) await store.journal.append(spanBatch(100, at * 10_000));
    await store.caughtUp();
    const arrivals = async (sinceMs: number, maxRows: number) => {
      const found: number[] = [];
      for await (const batch of store.storedBatches("spans", sinceMs, maxRows))
        found.push(batch.receivedAtMs);
      return found;
    };
    expect(await arrivals(80_000, 1e6)).toEqual([80_000, 90_000, 100_000]);
    expect(await arrivals(0, 250)).toEqual([90_000, 100_000]);
    expect(await store.stats()).toMatchObject({ rows: { spans: 1000, points: 0, logs: 0 } });
  });

  // Red when: the position is not written with the rows, so that entries are lost or stored twice.
  it("is stored once, all of it, after kill -9 of the process at any moment", async () => {
    await using folder = await openTemporaryFolder();
    const script = fileURLToPath(new URL("./store-writer.ts", import.meta.url));
    const answered: number[] = [];
    for (const [run, killAfter] of [3, 40, 150].entries()) {
      const from = run * 1_000_000;
      answered.push(...(await killAfterLines(script, [folder.path, String(from)], killAfter)).map(Number));
    }
    await using store = await openTestStore(folder.path);
    await store.caughtUp();
    const batches = await collect(store, "spans");
    const ids = batches.flatMap((batch) =>
      batch.kind === "spans" ? batch.spans.map(({ traceId }) => Number.parseInt(traceId, 16)) : [],
    );
    expect(new Set(ids).size).toBe(ids.length);
    const stored = new Set(ids);
    expect(answered.filter((id) => !stored.has(id))).toEqual([]);
    expect(answered.length).toBeGreaterThan(190);
    expect(store.failures).toEqual([]);
  });

  it("can be read while segments are closed", async () => {
    await using folder = await openTemporaryFolder();
    await using store = await openTestStore(folder.path, { maxSegmentRows: 50 });
    const appended = (async () => {
      for (let at = 1; at <= 60; at++) {
        await store.journal.append(spanBatch(20, at));
        await store.caughtUp();
      }
    })();
    let reads = 0;
    let isDone = false;
    void appended.then(() => {
      isDone = true;
    });
    while (!isDone) {
      await store.traceStore.searchTraces({ fromMs: 0, toMs: 9e9, limit: 5 });
      reads++;
    }
    await appended;
    expect(reads).toBeGreaterThan(3);
    const total = (await collect(store, "spans")).reduce(
      (sum, batch) => sum + (batch.kind === "spans" ? batch.spans.length : 0),
      0,
    );
    expect(total).toBe(1200);
    expect(store.failures).toEqual([]);
  });
});

describe("searching traces", () => {
  const trace = (
    id: number,
    fields: { service?: string; route?: string; durationMs?: number; error?: boolean; startMs?: number },
  ): SpanRecord[] => {
    const start = BigInt(fields.startMs ?? 1_000) * 1_000_000n;
    const resource = resourceOf({ service: fields.service ?? "shop" });
    const end = start + BigInt(Math.round((fields.durationMs ?? 10) * 1e6));
    const attributes = { "http.request.method": "GET", "http.route": fields.route ?? "/orders" };
    const root = span({
      traceId: hex(id, 32),
      spanId: hex(1, 16),
      resource,
      startUnixNano: start,
      endUnixNano: end,
      attributes,
    });
    const child = span({
      ...{
        traceId: hex(id, 32),
        spanId: hex(2, 16),
        parentSpanId: hex(1, 16),
        kind: "client",
        name: "query",
      },
      ...{
        startUnixNano: start,
        endUnixNano: end + 5_000_000n,
        statusCode: fields.error === true ? "error" : "unset",
      },
      resource: resourceOf({ service: "db" }),
    });
    return [root, child];
  };

  it("finds by service, route, duration, error and time, newest or slowest first, in open and closed segments", async () => {
    await using folder = await openTemporaryFolder();
    await using store = await openTestStore(folder.path);
    const all = [
      trace(1, { durationMs: 10, startMs: 1_000 }),
      trace(2, { durationMs: 700, startMs: 2_000, route: "/slow" }),
      trace(3, { durationMs: 30, startMs: 3_000, service: "pay", error: true }),
      trace(4, { durationMs: 900, startMs: 4_000, route: "/slow" }),
    ];
    await appendAll(
      store,
      all.slice(0, 2).map((spans) => ({ kind: "spans", receivedAtMs: 5_000, spans })),
    );
    await store.closeSegment();
    await appendAll(
      store,
      all.slice(2).map((spans) => ({ kind: "spans", receivedAtMs: 6_000, spans })),
    );
    const range = { fromMs: 0, toMs: 10_000, limit: 10 };
    const find = async (search: object) =>
      (await store.traceStore.searchTraces({ ...range, ...search })).map(({ traceId }) =>
        Number.parseInt(traceId, 16),
      );
    expect(await find({})).toEqual([4, 3, 2, 1]);
    expect(await find({ limit: 2 })).toEqual([4, 3]);
    expect(await find({ order: "slowest" })).toEqual([4, 2, 3, 1]);
    expect(await find({ service: "pay" })).toEqual([3]);
    expect(await find({ service: "db" })).toEqual([]);
    expect(await find({ route: "GET /slow" })).toEqual([4, 2]);
    expect(await find({ service: "shop", route: "GET /slow", minDurationMs: 800 })).toEqual([4]);
    expect(await find({ maxDurationMs: 20 })).toEqual([1]);
    expect(await find({ errorsOnly: true })).toEqual([3]);
    expect(await find({ fromMs: 2_000, toMs: 3_000 })).toEqual([3, 2]);
    expect(await find({ service: "x' or '1'='1" })).toEqual([]);
  });

  it("sums a trace up: its root, its whole extent, its errors and services", async () => {
    await using folder = await openTemporaryFolder();
    await using store = await openTestStore(folder.path);
    await appendAll(store, [
      {
        kind: "spans",
        receivedAtMs: 5_000,
        spans: trace(3, { durationMs: 30, service: "pay", error: true }),
      },
    ]);
    expect(await store.traceStore.searchTraces({ fromMs: 0, toMs: 10_000, limit: 1 })).toEqual([
      {
        traceId: hex(3, 32),
        rootService: "pay",
        rootName: "GET /orders",
        startMs: 1_000,
        durationMs: 30,
        spanCount: 2,
        errorCount: 1,
        services: ["db", "pay"],
      },
    ]);
  });
});
