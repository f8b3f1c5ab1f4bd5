import { describe, expect, it } from "vitest";
import { explain, traceBuilder } from "../trace-builder.ts";

type Explanation = ReturnType<typeof explain>;

const by = (explanation: Explanation, detector: string) =>
  explanation.detections.filter((one) => one.detector === detector);
const reasons = (explanation: Explanation, detector: string) =>
  explanation.silences
    .filter((one) => one.detector === detector)
    .map((one) => one.reason)
    .join("; ");

interface Step {
  readonly sql: string;
  readonly query?: string;
  readonly hash?: (turn: number) => string;
}

const customer: Step = { sql: "select * from customers where id = $1", query: "customers.find" };
const lines: Step = { sql: "select * from order_lines where order_id = $1", query: "order_lines.list" };
const item: Step = { sql: "select * from items where id = $1", query: "items.find" };

/** A request whose loop runs the same statements in every turn. */
function loop(turns: number, body: readonly Step[], { ms = 12, gapMs = 1, together = false } = {}) {
  const t = traceBuilder();
  const step = ms + gapMs;
  const root = t.request("GET /api/orders", { at: 0, ms: 20 + turns * body.length * step });
  t.sql("select * from orders", { parent: root, at: 1, ms: 5, hash: "x", query: "orders.list" });
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [i, { sql, query, hash }] of body.entries()) {
      const at = together ? 10 + i * 0.1 : 10 + (turn * body.length + i) * step;
      t.sql(sql, {
        parent: root,
        at,
        ms,
        hash: hash?.(turn) ?? `${i}-${turn}`,
        ...(query === undefined ? {} : { query }),
      });
    }
  }
  return t;
}

describe("a repeating sequence", () => {
  // Red when: nPlusOneSql no longer looks at what repeatingSequence found.
  it("is one finding for one loop, whatever the number of statements in its body", () => {
    const { detections } = explain(loop(9, [customer, lines, item]));
    expect(detections).toMatchObject([
      { detector: "repeating-sequence", count: 27, place: "customers.find" },
    ]);
    expect(detections[0]?.expectedGainMs).toBeCloseTo(27 * 12 - 36, 0);
    expect(detections[0]?.recommendation).toContain("in each of 9 turns");
  });

  it("is found from three turns on, and not before", () => {
    expect(by(explain(loop(3, [customer, lines])), "repeating-sequence")).toHaveLength(1);
    expect(explain(loop(2, [customer, lines, item])).detections).toEqual([]);
  });

  it("has one fingerprint wherever its body is seen to begin, and however many turns it makes", () => {
    const fingerprints = [loop(4, [customer, lines]), loop(9, [lines, customer])].map(
      (t) => explain(t).detections[0]?.fingerprint,
    );
    expect(fingerprints[0]).toBe(fingerprints[1]);
  });

  // Red when: countTurns compares the order within a turn.
  it("is found where turns are seen in another order, because their starts are cut to whole milliseconds", () => {
    const t = traceBuilder();
    const root = t.request("GET /api/orders", { at: 0, ms: 100 });
    for (let turn = 0; turn < 12; turn += 1) {
      const longer = turn % 3 === 0 ? lines : customer;
      for (const { sql, query = "" } of [customer, lines])
        t.sql(sql, { parent: root, at: 2 + turn * 2, ms: query === longer.query ? 0.5 : 0.4, query });
    }
    expect(explain(t).detections).toMatchObject([{ detector: "repeating-sequence", count: 24 }]);
  });

  it("is left to the N+1 detector where one statement runs several times a turn", () => {
    const { detections } = explain(
      loop(4, [customer, { ...lines, hash: (turn) => `a${turn}` }, { ...lines, hash: (turn) => `b${turn}` }]),
    );
    expect(detections).toMatchObject([{ detector: "n-plus-one-sql", place: "order_lines.list", count: 8 }]);
  });

  it.each<[string, readonly Step[], object, string]>([
    [
      "rows that are read, then written one by one",
      [customer, { sql: "update customers set seen = $1" }],
      {},
      "no plain read",
    ],
    [
      "rows that are locked one by one",
      [customer, { sql: "select * from stock where id = $1 for update" }],
      {},
      "no plain read",
    ],
    ["polling", [customer, lines], { gapMs: 3_000 }, "pauses"],
    ["the same questions again", [{ ...customer, hash: () => "h" }, lines], {}, "do not change"],
    ["a little work", [customer, lines], { ms: 2 }, "50 ms are needed"],
  ])("is silent about %s", (_, body, options, reason) => {
    const explanation = explain(loop(4, body, options));
    expect(by(explanation, "repeating-sequence")).toEqual([]);
    expect(reasons(explanation, "repeating-sequence")).toContain(reason);
  });

  it("is silent about pages of a batch job", () => {
    const page: Step = { sql: "select * from orders where id > $1 order by id limit $2" };
    expect(explain(loop(4, [page, customer])).detections).toEqual([]);
  });

  // Red when: every start is compared with every length to its end: the test's deadline passes.
  it("is looked for in a trace of 20,000 statements too", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 50_000 });
    for (let i = 0; i < 20_000; i += 1)
      t.sql(`select * from t${i % 4_001} where id = $1`, { parent: root, at: i, ms: 0.5, hash: `${i}` });
    expect(explain(t).detections).toEqual([]);
  });
});

describe("redundant SQL", () => {
  const same = { ...customer, hash: () => "same" };

  it("is the same read with the same parameters, three times in a request", () => {
    const explanation = explain(loop(4, [same]));
    expect(explanation.detections).toMatchObject([
      { detector: "redundant-sql", count: 4, place: "customers.find" },
    ]);
    expect(explanation.detections[0]?.expectedGainMs).toBeCloseTo(36, 1);
  });

  it("is found across functions of one request, and in statements without parameters", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 200 });
    for (let i = 0; i < 3; i += 1) {
      const parent = t.span({ name: `step ${"abc"[i]}`, parent: root, at: i * 40, ms: 30 });
      t.sql("select * from settings", { parent, at: i * 40 + 2, ms: 20 });
    }
    expect(by(explain(t), "redundant-sql")).toMatchObject([{ count: 3, place: "GET /a" }]);
  });

  it.each<[string, readonly Step[], object]>([
    ["reads with other parameters", [customer], {}],
    ["reads again after a write", [same, { sql: "update customers set seen = $1" }], {}],
    ["polling", [same], { gapMs: 2_000 }],
    ["a clock or a lock", [{ sql: "select pg_advisory_xact_lock($1)", hash: () => "h" }], {}],
    ["very fast repeats", [same], { ms: 3 }],
  ])("is silent about %s", (_, body, options) => {
    expect(by(explain(loop(4, body, options)), "redundant-sql")).toEqual([]);
  });

  it("is silent about repeats inside an N+1, also beyond the spans kept as evidence", () => {
    const { detections } = explain(
      loop(400, [{ ...item, hash: (turn) => `h${turn < 300 ? turn : turn % 7}` }]),
    );
    expect(detections.map((one) => one.detector)).toEqual(["n-plus-one-sql"]);
  });

  // Red when: keyOf takes a statement without hash as one without parameters.
  it("is silent where the parameters are not known", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 200 });
    for (let i = 0; i < 4; i += 1) t.sql(customer.sql, { parent: root, at: i * 40, ms: 30 });
    expect(by(explain(t), "redundant-sql")).toEqual([]);
    expect(reasons(explain(t), "redundant-sql")).toContain("known by their hash");
  });

  it("is silent about equal reads of different requests", () => {
    const t = traceBuilder();
    const root = t.span({ service: "batch", at: 0, ms: 1_000 });
    for (let i = 0; i < 5; i += 1) {
      const call = t.call(`http://shop/x/${i}`, {
        service: "batch",
        method: "POST",
        parent: root,
        at: i * 100,
        ms: 90,
      });
      const server = t.request("POST /x", { parent: call, at: i * 100 + 1, ms: 80 });
      t.sql(customer.sql, { parent: server, at: i * 100 + 5, ms: 50, hash: "same" });
    }
    expect(explain(t).detections).toEqual([]);
  });
});
