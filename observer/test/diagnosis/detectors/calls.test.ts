import type { Attributes } from "@kontor/observer/store/span-record";
import { describe, expect, it } from "vitest";
import { explain, type TraceBuilder, traceBuilder } from "../trace-builder.ts";

type Explanation = ReturnType<typeof explain>;

const by = (explanation: Explanation, detector: string) =>
  explanation.detections.filter((one) => one.detector === detector);
const reasons = (explanation: Explanation, detector: string) =>
  explanation.silences
    .filter((one) => one.detector === detector)
    .map((one) => one.reason)
    .join("; ");

interface Calls {
  readonly urls: readonly string[];
  readonly method?: string;
  readonly ms?: number;
  readonly gapMs?: number;
  readonly together?: boolean;
  readonly failed?: boolean;
  /** The route of the observed callee. */
  readonly server?: string;
  readonly query?: string;
}

function request({
  urls,
  method = "GET",
  ms = 40,
  gapMs = 1,
  together = false,
  failed = false,
  server,
  query,
}: Calls): TraceBuilder {
  const t = traceBuilder();
  const span = together ? ms + 20 : urls.length * (ms + gapMs) + 20;
  const attributes = { "url.path": "/api/basket/42", ...(query === undefined ? {} : { "url.query": query }) };
  const root = t.request("GET /api/basket/:id", { at: 0, ms: span, attributes });
  for (const [i, url] of urls.entries()) {
    const at = together ? 5 + i * 0.2 : 5 + i * (ms + gapMs);
    const call = t.call(url, { method, parent: root, at, ms, failed });
    if (server !== undefined) t.request(server, { service: "stock", parent: call, at: at + 1, ms: ms - 2 });
  }
  return t;
}

const items = (count: number, host = "stock:8004") =>
  Array.from({ length: count }, (_, i) => `http://${host}/api/items/${1_000 + i}`);

describe("N+1 over HTTP", () => {
  it("is one operation called once per item, in a row", () => {
    const { detections } = explain(request({ urls: items(8), server: "GET /api/items/:id" }));
    expect(detections).toMatchObject([
      {
        detector: "n-plus-one-http",
        count: 8,
        place: "GET /api/basket/:id",
        causeKey: "stock GET /api/items/:id",
      },
    ]);
    expect(detections[0]?.expectedGainMs).toBeCloseTo(280, 0);
  });

  // Red when: calleeKey keeps the host of an unobserved callee.
  it("has one fingerprint in every mode: host, port and ids are no part of it", () => {
    const fingerprints = [items(8), items(6, "127.0.0.1:9000")].map(
      (urls) => explain(request({ urls })).detections[0]?.fingerprint,
    );
    expect(fingerprints[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprints[0]).toBe(fingerprints[1]);
  });

  it.each<[string, Calls, string]>([
    ["calls sent together", { urls: items(8), together: true, ms: 80 }, "beside each other"],
    [
      "one address asked again",
      { urls: Array(8).fill("http://stock/api/items/1") },
      "only 1 different address",
    ],
    ["polling", { urls: items(8), gapMs: 2_000 }, "pauses"],
    ["retries", { urls: items(8), failed: true }, "no read over HTTP"],
    ["changes made one by one", { urls: items(8), method: "POST" }, "no read over HTTP"],
    ["a few calls", { urls: items(4) }, "no read over HTTP"],
    ["very fast calls", { urls: items(8), ms: 5 }, "50 ms are needed"],
    [
      "pages of one list",
      { urls: items(8).map((_, page) => `http://crm/contacts?limit=9&page=${page}`) },
      "pages of one list",
    ],
  ])("is silent about %s", (_, calls, reason) => {
    const explanation = explain(request(calls));
    expect(by(explanation, "n-plus-one-http")).toEqual([]);
    expect(reasons(explanation, "n-plus-one-http")).toContain(reason);
  });
});

// Red when: reasonAgainst no longer asks for areUnderWayTogether.
it("calls that a busy caller sent together, slowly, are no N+1", () => {
  const t = traceBuilder();
  const root = t.request("GET /api/basket", { at: 0, ms: 350 });
  const starts = [114, 177, 215, 216, 234, 252, 279, 280, 282, 286, 287, 288];
  for (const [i, url] of items(12).entries()) {
    const at = starts[i] ?? 0;
    t.call(url, { parent: root, at, ms: 315 + i * 2 - at });
  }
  expect(by(explain(t), "n-plus-one-http")).toEqual([]);
});

describe("a call that tells less", () => {
  const calls = (attributes: (i: number) => Attributes, count = 8) => {
    const t = traceBuilder();
    const root = t.request("GET /api/basket", { at: 0, ms: count * 41 + 20 });
    for (let i = 0; i < count; i += 1)
      t.span({
        kind: "client",
        name: "GET",
        parent: root,
        at: 5 + i * 41,
        ms: 40,
        attributes: attributes(i),
      });
    return explain(t);
  };
  const old = (path: string) => ({
    ...{ "http.request.method": "GET", "server.address": "stock", "url.path": path },
  });

  it("is read from host and path where there is no full address", () => {
    expect(calls((i) => old(`/items/${i}`)).detections).toMatchObject([
      { detector: "n-plus-one-http", causeKey: "GET /items/{id}" },
    ]);
    expect(calls((i) => old(`/part-${"abcdefgh"[i]}`)).detections.map((one) => one.detector)).toEqual([
      "serial-calls",
    ]);
  });

  // Red when: toSpanFacts keeps a target whose values are hidden.
  it("may hide the values of its query, and is no repeated address then", () => {
    const hidden = calls(() => ({ "http.request.method": "GET", "url.full": "http://stock/price?*" }));
    expect(by(hidden, "n-plus-one-http")).toHaveLength(1);
  });

  it("is no known operation with a host alone", () => {
    const host = calls(() => ({ "http.request.method": "GET", "server.address": "stock" }));
    expect(host.detections).toEqual([]);
  });
});

describe("serial calls", () => {
  const independent = ["http://a/customers/42", "http://b/prices", "http://c/stock?basket=42&sort=asc"];

  it("are independent reads that could run together", () => {
    const { detections } = explain(request({ urls: independent, ms: 80 }));
    expect(detections).toMatchObject([{ detector: "serial-calls", count: 3 }]);
    expect(detections[0]?.expectedGainMs).toBeCloseTo(160, 0);
  });

  // Red when: isKnownFromTheStart answers true for every call.
  it("are not those that need an id the request did not bring along", () => {
    const explanation = explain(
      request({ urls: ["http://a/customers/42", "http://b/accounts/9917", "http://c/balance"], ms: 80 }),
    );
    expect(explanation.detections).toEqual([]);
    expect(reasons(explanation, "serial-calls")).toContain("may need the answer of a call before it");
  });

  // Red when: argumentsOf looks for digits alone where the callee's route is known.
  it("are not those that need a name the request did not bring along, where the callee's route shows it", () => {
    const t = traceBuilder();
    const root = t.request("GET /me/:id", { at: 0, ms: 260, attributes: { "url.path": "/me/42" } });
    for (const [i, [path, route]] of [
      ["customers/42", "GET /customers/:id"],
      ["accounts/alice", "GET /accounts/:name"],
      ["regions/north/tax", "GET /regions/:region/tax"],
    ].entries()) {
      const call = t.call(`http://svc/${path}`, { parent: root, at: 5 + i * 81, ms: 80 });
      t.request(route ?? "", { service: "svc", parent: call, at: 6 + i * 81, ms: 78 });
    }
    expect(explain(t).detections).toEqual([]);
  });

  // Red when: callsByParent goes by the call's own parent.
  it("are found with a function span around each", () => {
    const t = traceBuilder();
    const root = t.request("GET /basket/:id", { at: 0, ms: 260, attributes: { "url.path": "/basket/42" } });
    for (const [i, url] of independent.entries()) {
      const parent = t.span({ name: `Client${i}.get`, parent: root, at: 5 + i * 81, ms: 80.8 });
      t.call(url, { parent, at: 5.2 + i * 81, ms: 80 });
    }
    expect(explain(t).detections).toMatchObject([{ detector: "serial-calls", count: 3 }]);
  });

  it.each<[string, Calls]>([
    ["calls that run together", { urls: independent, ms: 80, together: true }],
    ["little to save", { urls: independent, ms: 30 }],
    ["two calls", { urls: independent.slice(0, 2), ms: 300 }],
    ["changes in their order", { urls: independent, ms: 80, method: "PUT" }],
    ["one operation again and again", { urls: ["http://a/x/42", "http://a/x/42", "http://a/x/42"], ms: 80 }],
  ])("are not found in %s", (_, calls) => expect(by(explain(request(calls)), "serial-calls")).toEqual([]));

  it("are not a transaction's own statements", () => {
    const t = traceBuilder();
    const root = t.request("POST /a", { at: 0, ms: 800 });
    for (const [i, sql] of [
      "begin",
      "select a from b",
      "select c from d",
      "update e set f = 1",
      "commit",
    ].entries()) {
      t.sql(sql, { parent: root, at: i * 150, ms: 140, hash: `${i}` });
    }
    expect(explain(t).detections).toEqual([]);
  });
});

describe("chatty calls", () => {
  const different = (count: number) =>
    Array.from({ length: count }, (_, i) => `http://svc/part-${String.fromCodePoint(97 + i)}?id=77${i}`);

  it("are more outgoing calls than the limit, in a row", () => {
    const { detections } = explain(request({ urls: different(20), ms: 10 }));
    expect(detections).toMatchObject([{ detector: "chatty-calls", count: 20, place: "GET /api/basket/:id" }]);
    expect(detections[0]?.expectedGainMs).toBeCloseTo(50, 0);
  });

  it("are not found exactly at the limit, in a fan-out, or where an N+1 explains them", () => {
    expect(explain(request({ urls: different(15), ms: 10 })).detections).toEqual([]);
    expect(explain(request({ urls: different(20), ms: 10, together: true })).detections).toEqual([]);
    expect(explain(request({ urls: items(30), ms: 10 })).detections.map((one) => one.detector)).toEqual([
      "n-plus-one-http",
    ]);
  });
});

describe("many calls that are no chatter", () => {
  const again = (url: (i: number) => string, gapMs: number) =>
    explain(request({ urls: Array.from({ length: 20 }, (_, i) => url(i)), ms: 10, gapMs }));

  // Red when: withoutWaiting lets every call pass.
  it("poll one address, or read the pages of one list", () => {
    expect(again(() => "http://jobs/jobs/42", 200).detections).toEqual([]);
    expect(again((i) => `http://crm/contacts?page=${i}`, 1).detections).toEqual([]);
    expect(again(() => "http://jobs/rates", 1).detections).toMatchObject([{ detector: "chatty-calls" }]);
  });

  it("are the name look-ups and sockets of fewer calls", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 200 });
    for (let i = 0; i < 9; i += 1) {
      const call = t.call(`http://svc/${"abcdefghi"[i]}?x=7${i}`, { parent: root, at: i * 20, ms: 15 });
      t.span({ kind: "client", name: "dns.lookup", parent: root, at: i * 20, ms: 2 });
      t.span({ kind: "client", name: "CONNECT", parent: call, at: i * 20 + 2, ms: 2 });
    }
    expect(explain(t).detections).toEqual([]);
  });
});

describe("a large payload", () => {
  const sized = (bytes: number | undefined, type?: string) => {
    const t = traceBuilder();
    const attributes = {
      ...(bytes === undefined ? {} : { "http.response.body.size": bytes }),
      ...(type === undefined ? {} : { "http.response.header.content-type": [type] }),
    };
    t.request("GET /api/orders", { at: 0, ms: 90, attributes });
    return explain(t);
  };

  it("is a body above the limit", () => {
    expect(sized(600_000).detections).toMatchObject([
      { detector: "large-payload", place: "GET /api/orders" },
    ]);
    expect(sized(600_000, "application/json").detections[0]?.expectedGainMs).toBeCloseTo(45, 0);
  });

  // Red when: bodySize no longer reads the header.
  it("is told by a recorded header where the sender counts no bytes", () => {
    const t = traceBuilder();
    const attributes = { "http.response.header.content-length": ["600000"] };
    t.request("GET /api/orders", { at: 0, ms: 90, attributes });
    expect(explain(t).detections).toMatchObject([{ detector: "large-payload" }]);
  });

  it("is no file by its name, and no part of one", () => {
    const answer = (attributes: Attributes) => {
      const t = traceBuilder();
      const size = { "http.response.body.size": 5_000_000 };
      t.request("GET /files/:name", { at: 0, ms: 90, attributes: { ...size, ...attributes } });
      return explain(t).detections;
    };
    expect(answer({ "url.path": "/files/orders.csv" })).toEqual([]);
    expect(answer({ "url.path": "/files/17", "http.response.status_code": 206 })).toEqual([]);
    expect(answer({ "url.path": "/files/orders.json" })).toHaveLength(1);
  });

  it("is not one at the limit, a file, or one whose size nobody told", () => {
    expect(sized(300_000).detections).toEqual([]);
    expect(sized(5_000_000, "application/pdf").detections).toEqual([]);
    expect(reasons(sized(5_000_000, "text/csv"), "large-payload")).toContain("files");
    expect(reasons(sized(undefined), "large-payload")).toContain("no request tells");
  });
});
