import { describe, expect, it } from "vitest";
import { explain, type TraceBuilder, traceBuilder } from "../trace-builder.ts";

const lines = "select * from order_lines where order_id = $1";

function nPlusOne(explanation: ReturnType<typeof explain>) {
  return explanation.detections.filter((one) => one.detector === "n-plus-one-sql");
}

function silence(explanation: ReturnType<typeof explain>): string {
  return explanation.silences
    .filter((one) => one.detector === "n-plus-one-sql")
    .map((one) => one.reason)
    .join("; ");
}

interface Loop {
  readonly count: number;
  readonly ms?: number;
  readonly sql?: string;
  readonly hash?: (i: number) => string;
  readonly failed?: boolean;
  readonly gapMs?: number;
  readonly parent?: (t: TraceBuilder, root: string, at: number, i: number) => string;
  readonly query?: string;
}

/** One request that lists orders and then runs a statement in a loop. */
function request(loop: Loop, seed = 1): TraceBuilder {
  const { count, ms = 12, sql = lines, hash = (i) => `h${i}`, gapMs = 1, failed = false } = loop;
  const t = traceBuilder(seed);
  const root = t.request("GET /api/orders", { at: 0, ms: 30 + count * (ms + gapMs) });
  t.sql("select * from orders order by id desc limit $1", {
    parent: root,
    at: 2,
    ms: 5,
    query: "orders.list_open",
  });
  for (let i = 0; i < count; i += 1) {
    const at = 10 + i * (ms + gapMs);
    const parent = loop.parent?.(t, root, at, i) ?? root;
    t.sql(sql, {
      parent,
      at,
      ms,
      hash: hash(i),
      failed,
      ...(loop.query === undefined ? {} : { query: loop.query }),
    });
  }
  return t;
}

describe("N+1 SQL is found", () => {
  it("in a request that its caller gave up on: what ran on after it is no part of its time", () => {
    const t = traceBuilder(1);
    const root = t.request("GET /api/orders", { at: 0, ms: 105 });
    t.sql("select * from orders order by id desc limit $1", { parent: root, at: 1, ms: 5 });
    for (let i = 0; i < 20; i += 1) t.sql(lines, { parent: root, at: 10 + i * 10, ms: 9, hash: `h${i}` });
    // Red when: describeShare leaves out the Math.min
    expect(nPlusOne(explain(t))[0]?.recommendation).toContain(
      "Together 180 ms: 86.0 ms of its 105 ms, and the rest after it had ended.",
    );
  });

  it("with statement, count, place and gain", () => {
    const [found, ...others] = nPlusOne(explain(request({ count: 20, query: "order_lines.list_by_order" })));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      service: "shop",
      route: "GET /api/orders",
      place: "order_lines.list_by_order",
      statement: "select * from order_lines where order_id = ?",
      count: 20,
      sufferers: [{ service: "shop", route: "GET /api/orders" }],
    });
    expect(found?.evidenceSpanIds).toHaveLength(20);
    expect(found?.timeMs).toBeCloseTo(240, 1);
    expect(found?.expectedGainMs).toBeCloseTo(228, 1);
    for (const part of ["20 times", "GET /api/orders", "orders.list_open", "order_id = any(…)", "228 ms"]) {
      expect(found?.recommendation).toContain(part);
    }
    expect(found?.title).not.toMatch(/\d\d/);
  });

  // Red when: the comparison with nPlusOneCountMin or nPlusOneTotalMsMin is made strict.
  it("exactly at five runs and fifty milliseconds, and not below either", () => {
    expect(nPlusOne(explain(request({ count: 5, ms: 10.001 })))).toHaveLength(1);
    expect(nPlusOne(explain(request({ count: 4, ms: 100 })))).toEqual([]);
    expect(nPlusOne(explain(request({ count: 5, ms: 9.9 })))).toEqual([]);
    expect(silence(explain(request({ count: 5, ms: 9.9 })))).toContain("50 ms are needed");
  });

  // Red when: reasonTooLittle compares `runs` with `>`, or no longer at all.
  it("however fast, from ten runs on: what takes no time today grows with the rows", () => {
    expect(nPlusOne(explain(request({ count: 10, ms: 0.2 })))).toHaveLength(1);
    expect(silence(explain(request({ count: 9, ms: 0.2 })))).toContain("or 10 runs");
  });

  it("through pool and connect spans", () => {
    const pooled = request({
      count: 8,
      parent: (t, root, at) =>
        t.span({
          name: "pg-pool.connect",
          kind: "client",
          parent: root,
          at,
          ms: 12,
          attributes: { "db.system.name": "postgresql" },
        }),
    });
    const [found] = nPlusOne(explain(pooled));
    expect(found).toMatchObject({ count: 8, place: "GET /api/orders" });
  });

  it("through the function spans that an ORM or a resolver puts around each run", () => {
    const wrapped = request({
      count: 8,
      parent: (t, root, at, i) =>
        t.span({ name: `resolve orders.${i}.lines`, parent: root, at: at - 0.1, ms: 12.5 }),
    });
    expect(nPlusOne(explain(wrapped))).toMatchObject([{ count: 8 }]);
  });

  // Red when: createLogicalParents stops at the first function span that is no turn of a loop.
  it("through several function spans in each turn", () => {
    const wrapped = request({
      count: 8,
      parent: (t, root, at) => {
        const service = t.span({ name: "CustomerService.get", parent: root, at: at - 0.3, ms: 12.9 });
        const repository = t.span({ name: "Repository.find", parent: service, at: at - 0.2, ms: 12.6 });
        return t.span({ name: "prisma:engine:connection", parent: repository, at: at - 0.1, ms: 12.3 });
      },
    });
    expect(nPlusOne(explain(wrapped))).toMatchObject([{ count: 8, place: "GET /api/orders" }]);
  });

  it("once, where object mapper and driver both make a span, and where preparing has one", () => {
    const doubled = request({
      count: 8,
      parent: (t, root, at) => {
        t.sql(lines, { name: "sql.conn.prepare", parent: root, at: at - 0.5, ms: 0.3 });
        return t.sql(lines, { name: "SELECT shop", parent: root, at: at - 0.1, ms: 12.3 });
      },
    });
    expect(explain(doubled).detections).toMatchObject([{ detector: "n-plus-one-sql", count: 8 }]);
  });

  // Red when: oneRunMs is the median duration.
  it("where all runs are sent at once and queue for one connection", () => {
    const t = traceBuilder();
    const root = t.request("GET /api/orders", { at: 0, ms: 140 });
    for (let i = 0; i < 20; i += 1) t.sql(lines, { parent: root, at: 4, ms: 6 * (i + 1), hash: `${i}` });
    expect(nPlusOne(explain(t))).toMatchObject([{ count: 20 }]);
    expect(nPlusOne(explain(t))[0]?.expectedGainMs).toBeCloseTo(114, 0);
  });

  // Red when: placeOf takes the name of a request without route as it is.
  it("with one fingerprint where requests and jobs have ids in their names and no route", () => {
    const fingerprints = ["import 17", "import 4711"].map((name, seed) => {
      const t = traceBuilder(seed + 1);
      const root = t.span({ name, at: 0, ms: 300 });
      for (let i = 0; i < 12; i += 1) t.sql(lines, { parent: root, at: i * 20, ms: 10 });
      return explain(t).detections.map(({ fingerprint, place }) => [fingerprint, place]);
    });
    expect(fingerprints[0]).toEqual(fingerprints[1]);
    expect(fingerprints[0]?.[0]?.[1]).toBe("import {id}");
  });

  it("with advice for both where nobody knows if the parameters differ", () => {
    const unknown = traceBuilder();
    const root = unknown.request("GET /a", { at: 0, ms: 300 });
    for (let i = 0; i < 12; i += 1) unknown.sql(lines, { parent: root, at: i * 20, ms: 10 });
    expect(nPlusOne(explain(unknown))[0]?.recommendation).toContain("always the same, read it once");
    expect(nPlusOne(explain(request({ count: 12 })))[0]?.recommendation).toContain("Only the parameters");
  });

  it("in each nested loop by the statement that repeats, once, however the runs are interleaved", () => {
    const t = traceBuilder();
    const root = t.request("GET /api/orders", { at: 0, ms: 400 });
    let at = 1;
    for (let order = 0; order < 3; order += 1) {
      t.sql(lines, { parent: root, at, ms: 5, hash: `o${order}`, query: "order_lines.list_by_order" });
      at += 6;
      for (let line = 0; line < 4; line += 1, at += 9) {
        t.sql("select * from items where id = $1", {
          parent: root,
          at,
          ms: 8,
          hash: `${order}-${line}`,
          query: "items.find",
        });
      }
    }
    expect(nPlusOne(explain(t))).toMatchObject([{ place: "items.find", count: 12 }]);
  });

  // Red when: toNests gives each statement a nest of its own.
  it("once for a loop in a loop: customer and lines of each order, item of each line", () => {
    const t = traceBuilder();
    const root = t.request("GET /api/orders", { at: 0, ms: 290 });
    t.sql("select id from orders order by placed_at desc limit $1", {
      parent: root,
      at: 0.5,
      ms: 2,
      hash: "p",
      query: "orders.list_page",
    });
    let at = 5;
    const run = (query: string, sql: string, hash: string) => {
      t.sql(sql, { parent: root, at, ms: 1, hash, query });
      at += 1.3;
    };
    for (let order = 0; order < 40; order += 1) {
      run("customers.load", "select name from customers where id = $1", `c${order % 9}`);
      run("order_lines.load", "select * from order_lines where order_id = $1", `o${order}`);
      // Every fourth order, and three in a row at the end, have one line only.
      const count = order % 4 === 0 || order > 36 ? 1 : 1 + (order % 7);
      for (let line = 0; line < count; line += 1)
        run("items.load", "select * from items where id = $1", `${order}-${line}`);
    }
    const { detections } = explain(t, { limitMs: 100 });
    expect(detections).toMatchObject([{ detector: "n-plus-one-sql", place: "items.load" }]);
    const text = detections[0]?.recommendation ?? "";
    for (const part of [
      "orders.list_page",
      "customers.load (SELECT customers) ran 40 times",
      "order_lines.load",
    ])
      expect(text).toContain(part);
  });

  it("twice for two loops that follow each other", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 400 });
    for (let i = 0; i < 12; i += 1) {
      const [query, table] = i < 6 ? ["a.find", "a"] : ["b.find", "b"];
      t.sql(`select * from ${table} where id = $1`, {
        parent: root,
        at: 10 + i * 13,
        ms: 12,
        hash: `${i}`,
        query,
      });
    }
    expect(nPlusOne(explain(t)).map((one) => one.place)).toEqual(["a.find", "b.find"]);
  });

  it("once for two loops over the same statement", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 400 });
    for (const [part, start] of [
      ["one", 10],
      ["two", 200],
    ] as const) {
      const parent = t.span({ name: part, parent: root, at: start, ms: 100 });
      for (let i = 0; i < 6; i += 1)
        t.sql(lines, { parent, at: start + i * 12, ms: 11, hash: `${part}${i}`, query: "q" });
    }
    expect(nPlusOne(explain(t))).toMatchObject([{ count: 12, place: "q" }]);
  });

  it("when a pool makes concurrent runs wait for each other", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 300 });
    for (let i = 0; i < 40; i += 1)
      t.sql(lines, { parent: root, at: 10 + Math.floor(i / 4) * 20, ms: 19, hash: `h${i}` });
    expect(nPlusOne(explain(t))).toMatchObject([{ count: 40 }]);
  });

  it("where a sender gives no hash of parameters", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 300 });
    for (let i = 0; i < 10; i += 1) t.sql(lines, { parent: root, at: 10 + i * 12, ms: 11 });
    expect(nPlusOne(explain(t))).toMatchObject([{ count: 10 }]);
  });

  it("below a service behind the gateway, with everybody who waits for it", () => {
    const t = traceBuilder();
    const root = t.request("GET /api/orders", { service: "gateway", at: 0, ms: 320 });
    const call = t.call("http://erp:8002/api/orders", { service: "gateway", parent: root, at: 5, ms: 310 });
    const server = t.request("GET /api/orders", { service: "erp", parent: call, at: 8, ms: 300 });
    for (let i = 0; i < 10; i += 1)
      t.sql(lines, { service: "erp", parent: server, at: 10 + i * 12, ms: 11, hash: `${i}` });
    expect(nPlusOne(explain(t))[0]).toMatchObject({
      service: "erp",
      sufferers: [
        { service: "gateway", route: "GET /api/orders" },
        { service: "erp", route: "GET /api/orders" },
      ],
    });
  });
});

describe("N+1 SQL is not found in clean twins", () => {
  it.each<[string, Loop, string]>([
    ["writes in a loop", { count: 20, sql: "insert into lines (a) values ($1)" }, "it writes"],
    [
      "locks taken one by one",
      { count: 20, sql: "select * from stock where item_id = $1 for update" },
      "locks rows",
    ],
    ["pages of one list", { count: 20, sql: "select * from o where id > $1 order by id limit $2" }, "pages"],
    ["the same parameters again and again", { count: 20, hash: () => "same" }, "repeated"],
    [
      "a statement without parameters",
      { count: 20, sql: "select count(*) from o", hash: () => "none" },
      "repeated",
    ],
    ["retries of a failing statement", { count: 20, failed: true }, "needed"],
    ["polling", { count: 8, gapMs: 2_000 }, "pauses"],
    ["transactions", { count: 20, sql: "begin" }, "transactions"],
    ["sequence numbers", { count: 20, sql: "select nextval($1)" }, "looks no rows up"],
  ])("%s", (_, loop, reason) => {
    const explanation = explain(request(loop));
    expect(nPlusOne(explanation)).toEqual([]);
    expect(silence(explanation)).toContain(reason);
  });

  it("five different statements one after another", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 300 });
    for (const [i, table] of ["a", "b", "c", "d", "e"].entries()) {
      t.sql(`select * from ${table} where id = $1`, { parent: root, at: i * 40, ms: 30, hash: `${i}` });
    }
    expect(nPlusOne(explain(t))).toEqual([]);
  });

  it("runs that are all under way together", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 300 });
    for (let i = 0; i < 8; i += 1) t.sql(lines, { parent: root, at: 10 + i, ms: 100, hash: `${i}` });
    const explanation = explain(t);
    expect(nPlusOne(explanation)).toEqual([]);
    expect(silence(explanation)).toContain("beside each other");
  });

  // Red when: reasonAgainstNest no longer asks for `isTogether`.
  it("a few runs sent together, of which some wait until their connection is open", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 160 });
    const starts = [0.2, 0.3, 48.4, 60.7, 65.6, 65.7, 81.2, 82.7];
    for (const [i, at] of starts.entries()) t.sql(lines, { parent: root, at, ms: i < 2 ? 60 : 73 });
    expect(nPlusOne(explain(t))).toEqual([]);
  });

  it("one run in each of many requests of a batch", () => {
    const t = traceBuilder();
    const root = t.span({ name: "import", service: "batch", at: 0, ms: 2_000 });
    for (let i = 0; i < 10; i += 1) {
      const call = t.call("http://shop/x", { service: "batch", parent: root, at: i * 100, ms: 90 });
      const server = t.request("GET /x", { parent: call, at: i * 100 + 2, ms: 80 });
      t.sql(lines, { parent: server, at: i * 100 + 5, ms: 50, hash: `${i}` });
    }
    expect(nPlusOne(explain(t))).toEqual([]);
  });

  it("while the span that called it has not arrived", () => {
    const t = traceBuilder();
    for (let i = 0; i < 10; i += 1) t.sql(lines, { parent: "lost", at: i * 12, ms: 11, hash: `${i}` });
    expect(nPlusOne(explain(t))).toEqual([]);
    expect(silence(explain(t))).toContain("has not arrived");
  });
});

// Red when: the title, the route or the raw statement become part of the fingerprint.
it("a fault has one fingerprint whatever the literals, ids, instance, layout and list lengths", () => {
  const variants = [
    request({ count: 20 }, 1),
    request({ count: 7, sql: "SELECT *\n  FROM order_lines -- by order\n WHERE order_id=$1" }, 2),
    request({ count: 9, sql: "select * from order_lines where order_id = 17" }, 3),
  ];
  const fingerprints = variants.map((t) => nPlusOne(explain(t))[0]?.fingerprint);
  expect(fingerprints[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(new Set(fingerprints).size).toBe(1);
  const other = nPlusOne(explain(request({ count: 20, sql: "select * from items where id = $1" })))[0];
  expect(other?.fingerprint).not.toBe(fingerprints[0]);
});
