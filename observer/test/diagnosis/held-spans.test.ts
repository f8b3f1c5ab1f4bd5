import { emptyList, HeldSpans } from "@kontor/observer/diagnosis/held-spans";
import { type SpanFacts, toSpanFacts } from "@kontor/observer/diagnosis/span-facts";
import { createStatementReader } from "@kontor/observer/diagnosis/statement";
import fc from "fast-check";
import { expect, it } from "vitest";
import { traceBuilder } from "./trace-builder.ts";

const readStatement = createStatementReader();

/** Spans of all kinds, no two alike. */
function sampleFacts(seed: number): SpanFacts[] {
  const t = traceBuilder(seed);
  const root = t.request("GET /a", {
    at: 0,
    ms: 500,
    attributes: { "url.path": `/a/${seed}`, "http.response.status_code": 500 },
  });
  t.sql("select 1", { parent: root, at: 1, ms: 1.25, hash: `${seed}`, query: "orders.read" });
  t.sql("select 2", { parent: root, at: 2, ms: 1, instance: "b" });
  t.call(`http://shop:1/items/${seed}?x=1`, { parent: root, at: 3, ms: 2, failed: true });
  t.span({ parent: root, at: 4, ms: 0, attributes: { "http.request.body.size": 400_000 } });
  t.span({ kind: "consumer", name: "x", at: 5, ms: 1, service: "mail", environment: "test" });
  return t.spans.map((span) => toSpanFacts(span, readStatement));
}

// Red when: a column is written or read at a wrong place, a list keeps the place of one that was released, or two shapes are taken for one.
it("gives back every list as it was put in, whatever other lists came and went meanwhile", () => {
  const step = fc.record({ list: fc.nat(7), spans: fc.nat(700), release: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const held = new HeldSpans();
      const lists = new Map<number, { list: number; facts: SpanFacts[] }>();
      steps.forEach(({ list: name, spans, release }, seed) => {
        const entry = lists.get(name) ?? { list: emptyList, facts: [] };
        lists.set(name, entry);
        const samples = sampleFacts(seed);
        for (let index = 0; index < spans; index++) {
          const facts = samples[index % samples.length] as SpanFacts;
          entry.list = held.add(entry.list, facts);
          entry.facts.push(facts);
        }
        if (!release) return;
        held.release(entry.list);
        lists.delete(name);
      });
      for (const { list, facts } of lists.values()) expect(held.read(list)).toStrictEqual(facts);
      for (const { list } of lists.values()) held.release(list);
      expect(held.bytes).toBe(0);
    }),
    { numRuns: 30 },
  );
});

it("counts the texts that are a span's own", () => {
  const held = new HeldSpans();
  const [request] = sampleFacts(1) as [SpanFacts];
  const list = held.add(emptyList, request);
  const before = held.bytes;
  held.add(list, { ...request, target: "x".repeat(30_000) });
  expect(held.bytes - before).toBeGreaterThan(30_000);
});

// Red when: shapes are kept however many there are.
it("goes on where every span has a name of its own", () => {
  const held = new HeldSpans();
  const [request] = sampleFacts(1) as [SpanFacts];
  let list = emptyList;
  for (let index = 0; index < 25_000; index++) list = held.add(list, { ...request, route: `GET /${index}` });
  expect(held.read(list).map(({ route }) => route)).toEqual(
    Array.from({ length: 25_000 }, (_, index) => `GET /${index}`),
  );
});
