import type { Diagnosis } from "@kontor/observer/diagnosis/diagnosis";
import { describe, expect, it } from "vitest";
import { epochMs, testDiagnosis, toTree, traceBuilder } from "../trace-builder.ts";

interface Parts {
  readonly ownMs?: number;
  readonly sqlMs?: number;
  readonly stockMs?: number;
  readonly networkMs?: number;
}

/** Gateway -> shop: some own work, a statement, and a call to stock. */
function order(seed: number, { ownMs = 20, sqlMs = 30, stockMs = 40, networkMs = 2 }: Parts = {}) {
  const t = traceBuilder(seed);
  const total = ownMs + sqlMs + stockMs + 4 * networkMs;
  const root = t.request("POST /api/orders", { service: "gateway", at: 0, ms: total });
  const shopCall = t.call("http://shop/orders", { service: "gateway", parent: root, at: 0, ms: total });
  const shop = t.request("POST /orders", {
    service: "shop",
    parent: shopCall,
    at: networkMs,
    ms: total - 2 * networkMs,
  });
  t.sql("insert into orders values ($1)", {
    service: "shop",
    parent: shop,
    at: networkMs + ownMs,
    ms: sqlMs,
    query: "orders.insert",
  });
  const callMs = stockMs + 2 * networkMs;
  const at = networkMs + ownMs + sqlMs;
  const call = t.call("http://stock/reserve", {
    service: "shop",
    method: "POST",
    parent: shop,
    at,
    ms: callMs,
  });
  t.request("POST /reserve", { service: "stock", parent: call, at: at + networkMs, ms: stockMs });
  return toTree(t);
}

/** A diagnosis that has seen thirty usual requests, one a second. */
function trained(): Diagnosis {
  const diagnosis = testDiagnosis({ limitMs: 500 });
  for (let i = 0; i < 30; i += 1) diagnosis.diagnose(order(i + 1), epochMs + i * 1_001);
  return diagnosis;
}

function found(diagnosis: Diagnosis, parts: Parts) {
  const { detections } = diagnosis.explain(order(99, parts), epochMs + 60_000);
  expect(detections.length).toBeLessThanOrEqual(1);
  return detections[0];
}

describe("the source of a slowdown", () => {
  it.each<[string, Parts, object]>([
    ["the statement that moved", { sqlMs: 480 }, { service: "shop", place: "orders.insert" }],
    ["the called service that moved", { stockMs: 600 }, { service: "stock", place: "POST /reserve" }],
    ["the own time that moved", { ownMs: 700 }, { service: "shop", place: "POST /orders" }],
  ])("is %s", (_, parts, expected) => {
    expect(found(trained(), parts)).toMatchObject({ detector: "slowdown-source", ...expected });
  });

  // Red when: largestMove compares times instead of excesses.
  it("is what grew, not what is always largest", () => {
    const diagnosis = testDiagnosis({ limitMs: 500 });
    for (let i = 0; i < 30; i += 1) diagnosis.diagnose(order(i + 1, { stockMs: 380 }), epochMs + i * 1_001);
    expect(found(diagnosis, { stockMs: 380, ownMs: 250 })).toMatchObject({
      service: "shop",
      place: "POST /orders",
    });
  });

  it("names who waits for it, and what would be won", () => {
    const detection = found(trained(), { stockMs: 600 });
    expect(detection?.sufferers).toEqual([
      { service: "gateway", route: "POST /api/orders" },
      { service: "shop", route: "POST /orders" },
      { service: "stock", route: "POST /reserve" },
    ]);
    expect(detection?.expectedGainMs).toBeCloseTo(560, 0);
    expect(detection?.recommendation).toContain("40.0 ms being usual");
  });

  it("is the largest part while there is no baseline yet", () => {
    expect(found(testDiagnosis({ limitMs: 500 }), { stockMs: 600 })).toMatchObject({ service: "stock" });
  });

  it("is silent exactly at the limit, without a limit, and when no part explains enough", () => {
    const at = (ms: number) =>
      testDiagnosis({ limitMs: 98 }).explain(order(1, { stockMs: 40 + ms }), epochMs);
    expect(at(0).detections).toEqual([]);
    expect(at(400).detections).toHaveLength(1);
    expect(testDiagnosis().explain(order(1, { stockMs: 900 }), epochMs).detections).toEqual([]);
    const spread = trained().explain(order(1, { ownMs: 200, sqlMs: 200, stockMs: 200 }), epochMs);
    expect(spread.detections).toEqual([]);
    expect(spread.silences.map((one) => one.reason).join()).toContain("no single part explains it");
  });

  it("leaves alone what another detector explains: one fault, one finding", () => {
    const t = traceBuilder(3);
    const root = t.request("GET /api/orders", { at: 0, ms: 700 });
    for (let i = 0; i < 50; i += 1)
      t.sql("select * from l where o = $1", { parent: root, at: 10 + i * 13, ms: 12, hash: `${i}` });
    const { detections, silences } = testDiagnosis({ limitMs: 500 }).explain(toTree(t), epochMs);
    expect(detections.map((one) => one.detector)).toEqual(["n-plus-one-sql"]);
    expect(silences.at(-1)?.reason).toContain("explained by n-plus-one-sql");
  });

  // Red when: explainedKey is not sighted.
  // Red when: splitExplained no longer asks for the loop of calls around a span.
  it("leaves alone what an N+1 of calls makes another service do, unless that is above its own limit", () => {
    const detectorsOf = (callMs: number) => {
      const t = traceBuilder(99);
      const root = t.request("GET /orders", { at: 0, ms: 20 * (callMs + 2) });
      for (let i = 0; i < 20; i += 1) {
        const at = i * (callMs + 2);
        const call = t.call(`http://stock/items/${i}`, { parent: root, at, ms: callMs });
        const stock = t.request("GET /items/:id", { service: "stock", parent: call, at, ms: callMs });
        t.span({ service: "stock", name: "price", parent: stock, at, ms: callMs - 1 });
      }
      const { detections } = testDiagnosis({ limitMs: 500 }).explain(toTree(t), epochMs);
      return detections.map((one) => one.detector);
    };
    expect(detectorsOf(60)).toEqual(["n-plus-one-http"]);
    expect(detectorsOf(600)).toEqual(["n-plus-one-http", "slowdown-source"]);
  });

  it("leaves alone what queues behind requests that another detector explains", () => {
    const diagnosis = testDiagnosis({ limitMs: 500, settings: { slowdownRequestsMin: 1 } });
    diagnosis.diagnose(order(1, { sqlMs: 900 }), epochMs);
    const { detections, silences } = diagnosis.diagnose(order(2, { ownMs: 700 }), epochMs + 1_000);
    expect(detections).toEqual([]);
    expect(silences.at(-1)?.reason).toContain("were explained of late");
  });

  // Red when: the sightings of explainedKey count for the whole window of slow statements.
  it("is told again a minute after the other slowdown is over: that is another fault", () => {
    const diagnosis = testDiagnosis({
      limitMs: 500,
      settings: { slowdownRequestsMin: 1, slowdownWindowSeconds: 30 },
    });
    diagnosis.diagnose(order(1, { sqlMs: 900 }), epochMs);
    const at = (index: number, atMs: number) =>
      diagnosis.diagnose(order(index, { ownMs: 700 }), epochMs + atMs).detections;
    expect(at(2, 59_999)).toEqual([]);
    expect(at(3, 60_000)).toMatchObject([{ detector: "slowdown-source" }]);
  });

  // Red when: busyKey is not sighted.
  it("is a callee that takes calls up late, once for all its routes, and only if its own code does not explain it", () => {
    const lateTrace = (seed: number) => {
      const t = traceBuilder(seed);
      const root = t.request(`GET /${seed % 2}/*`, { service: "gateway", at: 0, ms: 700 });
      const call = t.call("http://shop/x", { service: "gateway", parent: root, at: 0, ms: 700 });
      t.request(`GET /${seed % 2}`, { service: "shop", parent: call, at: 650, ms: 40 });
      return toTree(t);
    };
    const late = (ownMs: number) => {
      const diagnosis = testDiagnosis({ limitMs: 500, settings: { slowdownRequestsMin: 1 } });
      diagnosis.diagnose(order(1, { ownMs }), epochMs);
      const answers = Array.from({ length: 13 }, (_, i) =>
        diagnosis.diagnose(lateTrace(2 + i), epochMs + 1_000 + i),
      );
      return answers.map(({ detections }) => detections);
    };
    const all = late(20);
    expect(all.slice(0, 10).flat()).toEqual([]);
    const known = all.slice(10).flat();
    expect(known.map(({ title }) => title)).toEqual(
      Array(3).fill("Slow requests: shop takes calls of gateway up late"),
    );
    expect(new Set(known.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(late(700).flat()).toEqual([]);
  });

  it("leaves a slow statement to slow-sql, also before that was seen often enough", () => {
    expect(found(trained(), { sqlMs: 900 })).toBeUndefined();
  });

  // Red when: whyRare is not asked.
  it("is nobody's business while the route's limit on the 95th percentile holds", () => {
    const diagnosis = testDiagnosis({ limitMs: 500 });
    const slowAt = (request: number, atMs: number) =>
      diagnosis.diagnose(order(request, { stockMs: 600 }), epochMs + atMs);
    for (let i = 0; i < 38; i += 1) diagnosis.diagnose(order(i + 1), epochMs + i * 500);
    expect(slowAt(50, 19_000).detections).toEqual([]);
    const second = slowAt(51, 19_500);
    expect(second.detections).toEqual([]);
    expect(second.silences.at(-1)?.reason).toContain("2 of the last 40 requests of POST /api/orders");
    expect(slowAt(52, 20_000).detections).toMatchObject([{ detector: "slowdown-source" }]);
    // Too few requests of late prove nothing again.
    expect(slowAt(53, 90_000).detections).toEqual([]);
  });

  // Red when: a wait for a connection is told apart by route.
  it("is the connection pool of a service for all of its routes that wait for it: one finding", () => {
    const waiting = (route: string) => {
      const t = traceBuilder(7);
      const root = t.request(route, { service: "shop", at: 0, ms: 700 });
      const attributes = { "db.system.name": "postgresql" };
      const wait = { name: "pg-pool.connect", kind: "client", at: 10, ms: 600, attributes } as const;
      t.span({ ...wait, service: "shop", parent: root });
      t.sql("select 1", { service: "shop", parent: root, at: 610, ms: 20 });
      return testDiagnosis({ limitMs: 500 }).explain(toTree(t), epochMs).detections;
    };
    const [orders, items] = [waiting("GET /orders"), waiting("GET /items")];
    expect(orders).toMatchObject([
      { detector: "slowdown-source", service: "shop", place: "database connection pool", route: undefined },
    ]);
    expect(orders[0]?.title).toBe("Slow requests: shop waits for its database connections");
    // Red when: the recommendation begins a sentence with what was waited for.
    expect(orders[0]?.recommendation).not.toMatch(/\. [a-z]/);
    expect(items[0]?.fingerprint).toBe(orders[0]?.fingerprint);
    expect(items[0]?.sufferers).toEqual([{ service: "shop", route: "GET /items" }]);
  });

  it("gives the same answer and fingerprint again and again", () => {
    const diagnosis = trained();
    const fingerprints = [900, 700, 1_200].map((stockMs) => found(diagnosis, { stockMs })?.fingerprint);
    expect(new Set(fingerprints).size).toBe(1);
  });

  it("does not learn from requests above the limit", () => {
    const diagnosis = trained();
    for (let i = 0; i < 50; i += 1)
      diagnosis.diagnose(order(i + 100, { stockMs: 900 }), epochMs + 100_000 + i * 1_001);
    expect(found(diagnosis, { stockMs: 900 })?.expectedGainMs).toBeCloseTo(860, 0);
  });
});
