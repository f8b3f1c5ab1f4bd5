import { criticalPath } from "@kontor/observer/diagnosis/critical-path";
import { timeGroups } from "@kontor/observer/diagnosis/time-groups";
import { entryOf, type TraceTree } from "@kontor/observer/diagnosis/trace-tree";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toTree, traceBuilder } from "./trace-builder.ts";

const names = (tree: TraceTree) => tree.nodes.map((node) => node.span.name);
const byName = (tree: TraceTree, name: string) => {
  const node = tree.nodes.find((one) => one.span.name === name);
  if (node === undefined) throw new Error(`no span ${name}`);
  return node;
};

describe("a trace in order", () => {
  it("has parents before children and siblings by start, whatever the order of arrival", () => {
    const t = traceBuilder();
    t.span({ id: "c2", parent: "r", name: "second", at: 20, ms: 5 });
    t.span({ id: "c1", parent: "r", name: "first", at: 10, ms: 5 });
    t.span({ id: "r", name: "root", at: 0, ms: 100 });
    expect(names(toTree(t))).toEqual(["root", "first", "second"]);
  });

  it("is empty for no spans", () => {
    const tree = toTree(traceBuilder());
    expect(tree).toMatchObject({ nodes: [], root: undefined, durationMs: 0, startMs: 0 });
    expect(criticalPath(tree)).toEqual([]);
  });

  it("uses a span once that was sent twice, the longer version of it", () => {
    const t = traceBuilder();
    t.span({ id: "r", name: "root", at: 0, ms: 10 });
    t.span({ id: "r", name: "root", at: 0, ms: 30 });
    const tree = toTree(t);
    expect(tree.repeatedSpans).toBe(1);
    expect(tree.nodes).toHaveLength(1);
    expect(tree.durationMs).toBeCloseTo(30);
  });

  it("puts a server below the client with which it shares an id, as Zipkin has it", () => {
    const t = traceBuilder();
    t.span({ id: "x", kind: "server", service: "b", name: "server", at: 2, ms: 6 });
    t.span({ id: "x", kind: "client", service: "a", name: "client", at: 0, ms: 10 });
    t.span({ id: "y", parent: "x", service: "b", name: "inside", at: 3, ms: 2 });
    const tree = toTree(t);
    expect(names(tree)).toEqual(["client", "server", "inside"]);
    expect(byName(tree, "inside").parent?.span.name).toBe("server");
  });

  // Red when: adoptOrphans gives each orphan a stand-in of its own.
  it("keeps the children of one lost parent together, below the root that was running then", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { name: "root", at: 0, ms: 100 });
    t.span({ parent: "lost", name: "one", at: 10, ms: 5 });
    t.span({ parent: "lost", name: "two", at: 20, ms: 5 });
    const tree = toTree(t);
    expect(tree.missingParents).toBe(1);
    const one = byName(tree, "one");
    expect(one.parent).toBe(byName(tree, "two").parent);
    expect(one.parent).toMatchObject({ synthetic: true, depth: 1 });
    expect(one.parent?.parent?.span.spanId).toBe(root);
    expect(entryOf(one).span.route).toBe("GET /a");
  });

  it("takes an entry point with an unobserved caller as a root", () => {
    const t = traceBuilder();
    t.request("GET /a", { name: "root", parent: "browser", at: 0, ms: 100 });
    expect(toTree(t).root).toMatchObject({ synthetic: false, depth: 0 });
  });

  it("cuts circles and keeps every span", () => {
    const t = traceBuilder();
    t.span({ id: "a", parent: "c", name: "a", at: 0, ms: 30 });
    t.span({ id: "b", parent: "a", name: "b", at: 5, ms: 20 });
    t.span({ id: "c", parent: "b", name: "c", at: 10, ms: 10 });
    t.span({ id: "s", parent: "s", name: "self", at: 40, ms: 1 });
    const tree = toTree(t);
    expect(names(tree)).toEqual(["a", "b", "c", "self"]);
    expect(tree.roots.map((root) => root.span.name)).toEqual(["a", "self"]);
  });

  it("has self time without what children cover, overlaps counted once", () => {
    const t = traceBuilder();
    const root = t.span({ name: "root", at: 0, ms: 100 });
    t.span({ parent: root, at: 10, ms: 20 });
    t.span({ parent: root, at: 20, ms: 20 });
    t.span({ parent: root, at: 90, ms: 50 });
    expect(toTree(t).root?.selfMs).toBeCloseTo(60);
  });

  it("is right for twenty thousand spans in one chain", () => {
    const t = traceBuilder();
    let parent = "";
    for (let i = 0; i < 20_000; i += 1) parent = t.span({ parent, at: i / 1000, ms: 50 - i / 500 });
    const tree = toTree(t);
    expect(tree.nodes.at(-1)?.depth).toBe(19_999);
    expect(criticalPath(tree).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)).toBeCloseTo(50, 3);
  });

  it("is cheap for spans that all share one id or one lost parent", () => {
    const t = traceBuilder();
    for (let i = 0; i < 20_000; i += 1)
      t.span({ id: "same", service: `s${i}`, parent: "lost", at: i, ms: 1 });
    expect(toTree(t).nodes.length).toBe(20_001);
  });
});

describe("clocks that disagree", () => {
  it("moves a service whose clock is behind into the call that waits for it, with its children", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { service: "gateway", name: "root", at: 1_000, ms: 100 });
    const call = t.call("http://erp/x", {
      service: "gateway",
      name: "call",
      parent: root,
      at: 1_010,
      ms: 80,
    });
    const server = t.request("GET /x", { service: "erp", name: "server", parent: call, at: 20, ms: 60 });
    t.sql("select 1 from a", { service: "erp", name: "sql", parent: server, at: 30, ms: 10 });
    const tree = toTree(t);
    expect(tree.durationMs).toBeCloseTo(100);
    expect(byName(tree, "server").startMs).toBeCloseTo(20);
    expect(byName(tree, "sql").startMs).toBeCloseTo(30);
    expect(tree.startMs).toBeCloseTo(1_790_000_001_000, 0);
  });

  it("leaves a server alone that ends a little after its client, and one whose client gave up", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { service: "gateway", at: 0, ms: 100 });
    const late = t.call("http://erp/x", { service: "gateway", parent: root, at: 10, ms: 20 });
    t.request("GET /x", { service: "erp", name: "late", parent: late, at: 11, ms: 19.5 });
    const timeout = t.call("http://erp/y", { service: "gateway", parent: root, at: 40, ms: 20 });
    t.request("GET /y", { service: "erp", name: "abandoned", parent: timeout, at: 41, ms: 500 });
    const tree = toTree(t);
    expect(byName(tree, "late").skewMs).toBe(0);
    expect(byName(tree, "abandoned").skewMs).toBe(0);
  });

  it("does not pull a consumer back that works after its producer", () => {
    const t = traceBuilder();
    const publish = t.span({ kind: "producer", name: "publish", at: 0, ms: 1 });
    t.span({ kind: "consumer", service: "mailer", name: "consume", parent: publish, at: 900, ms: 50 });
    const tree = toTree(t);
    expect(byName(tree, "consume").startMs).toBeCloseTo(900);
  });
});

describe("starts cut to whole milliseconds", () => {
  // Red when: undoClockGrain moves nothing.
  it("do not make statements overlap that followed each other", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 40 });
    let trueStart = 1.2;
    for (let i = 0; i < 20; i += 1) {
      t.sql("select a from b", { parent: root, at: Math.floor(trueStart), ms: 1.3, hash: `${i}` });
      trueStart += 1.45;
    }
    const tree = toTree(t);
    const statements = tree.nodes.filter((node) => node.span.role === "statement");
    expect(
      statements.every((node, at) => at === 0 || node.startMs >= (statements[at - 1]?.endMs ?? 0) - 1e-6),
    ).toBe(true);
    const group = timeGroups(criticalPath(tree)).find((one) => one.kind === "statement");
    expect(group?.nodes).toHaveLength(20);
    expect(group?.ms).toBeCloseTo(26, 1);
  });

  it("are left where they are when spans ran side by side, or tell their start finely", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 40 });
    for (const [at, ms] of [
      [1, 20],
      [1, 22],
      [5, 3],
      [30.4, 2],
      [31.9, 2],
    ] as const)
      t.sql("select a from b", { parent: root, at, ms });
    const starts = toTree(t)
      .nodes.slice(1)
      .map((node) => node.startMs);
    for (const [at, start] of [1, 1, 5, 30.4, 31.9].entries()) expect(starts[at]).toBeCloseTo(start, 2);
  });
});

describe("the critical path", () => {
  const path = (tree: TraceTree) =>
    criticalPath(tree).map(
      ({ node, fromMs, toMs }) => `${node.span.name} ${Math.round(fromMs)}-${Math.round(toMs)}`,
    );

  it("follows what was waited for last", () => {
    const t = traceBuilder();
    const root = t.span({ name: "root", at: 0, ms: 100 });
    t.span({ name: "short", parent: root, at: 10, ms: 20 });
    const long = t.span({ name: "long", parent: root, at: 10, ms: 60 });
    t.span({ name: "inner", parent: long, at: 30, ms: 30 });
    expect(path(toTree(t))).toEqual(["root 0-10", "long 10-30", "inner 30-60", "long 60-70", "root 70-100"]);
  });

  it("leaves out what runs on after the end", () => {
    const t = traceBuilder();
    const root = t.span({ name: "root", at: 0, ms: 100 });
    t.span({ name: "late", parent: root, at: 150, ms: 20 });
    t.span({ name: "over", parent: root, at: 80, ms: 500 });
    expect(path(toTree(t))).toEqual(["root 0-80", "over 80-100"]);
  });

  // Red when: takeLastFinished lets a child end after `untilMs`.
  it("leaves out what did not end before the next thing waited for began", () => {
    const t = traceBuilder();
    const root = t.span({ name: "root", at: 0, ms: 100 });
    t.span({ name: "beside", parent: root, at: 10, ms: 50 });
    t.span({ name: "last", parent: root, at: 40, ms: 40 });
    expect(path(toTree(t))).toEqual(["root 0-40", "last 40-80", "root 80-100"]);
  });

  it("covers any request from start to end without gap or overlap", () => {
    const input = fc.array(fc.record({ parent: fc.nat(30), at: fc.nat(200), ms: fc.nat(100) }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(input, (inputs) => {
        const t = traceBuilder();
        const ids: string[] = [];
        for (const { parent, at, ms } of inputs)
          ids.push(t.span({ parent: ids[parent % Math.max(1, ids.length)], at, ms }));
        const tree = toTree(t);
        const segments = criticalPath(tree);
        let at = tree.root?.startMs ?? 0;
        for (const { fromMs, toMs } of segments) {
          expect(fromMs).toBeCloseTo(at, 3);
          at = toMs;
        }
        expect(at).toBeCloseTo(tree.root?.endMs ?? 0, 3);
      }),
    );
  });

  it("is summed by statement, callee and own time, largest first", () => {
    const t = traceBuilder();
    const root = t.request("GET /a", { at: 0, ms: 100 });
    for (let i = 0; i < 5; i += 1)
      t.sql(`select a from o where id = ${i}`, { parent: root, at: 10 + i * 12, ms: 12 });
    const groups = timeGroups(criticalPath(toTree(t))).map(({ label, kind, ms, nodes }) => [
      label,
      kind,
      Math.round(ms),
      nodes.length,
    ]);
    expect(groups).toEqual([
      ["SELECT o", "statement", 60, 5],
      ["GET /a", "own", 40, 1],
    ]);
  });
});
