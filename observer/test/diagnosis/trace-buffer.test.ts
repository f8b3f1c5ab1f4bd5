import type { Diagnosis } from "@kontor/observer/diagnosis/diagnosis";
import { createTraceBuffer, type DiagnosedTrace } from "@kontor/observer/diagnosis/trace-buffer";
import { describe, expect, it } from "vitest";
import { testDiagnosis, traceBuilder } from "./trace-builder.ts";

const bounds = {
  quietMs: 5_000,
  ageMsMax: 60_000,
  spansMax: 10_000,
  bytesMax: 10_000_000,
  tracesMax: 1_000,
  spansPerTraceMax: 5_000,
  finishedSpansMax: 10_000,
};

function open(overrides: Partial<typeof bounds> = {}, diagnosis: Diagnosis = testDiagnosis()) {
  const seen: DiagnosedTrace[] = [];
  const errors: string[] = [];
  const buffer = createTraceBuffer({
    settings: { ...bounds, ...overrides },
    diagnosis,
    onTrace: (trace) => seen.push(trace),
    onError: (traceId) => errors.push(traceId),
  });
  return { buffer, seen, errors };
}

/** A request with `count` runs of one statement, the root first. */
function looping(seed: number, count = 10) {
  const t = traceBuilder(seed);
  const root = t.request("GET /a", { at: 0, ms: 500 });
  for (let i = 0; i < count; i += 1)
    t.sql("select * from l where o = $1", { parent: root, at: i * 13, ms: 12, hash: `${i}` });
  return t;
}

describe("a trace is diagnosed", () => {
  // Red when: dueMs counts from the first span.
  it("five seconds after its last span", () => {
    const { buffer, seen } = open();
    const { spans } = looping(1);
    buffer.add(spans.slice(0, 4), 1_000);
    buffer.add(spans.slice(4), 4_000);
    buffer.tick(8_900);
    expect(seen).toEqual([]);
    buffer.tick(9_000);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.tree.nodes).toHaveLength(11);
    expect(seen[0]?.counted.map((one) => one.detector)).toEqual(["n-plus-one-sql"]);
  });

  it("sixty seconds after its first span at the latest", () => {
    const { buffer, seen } = open();
    const t = traceBuilder();
    for (let at = 0; at <= 59_000; at += 1_000) {
      t.span({ at, ms: 1 });
      buffer.add(t.spans.slice(-1), at);
      buffer.tick(at);
    }
    expect(seen).toEqual([]);
    buffer.tick(60_000);
    expect(seen).toHaveLength(1);
  });

  // Red when: finish forgets `counted`.
  it("again when late spans come, with the spans from before, and counted once", () => {
    const { buffer, seen } = open();
    const { spans } = looping(1, 12);
    buffer.add(spans.slice(0, 9), 0);
    buffer.tick(5_000);
    buffer.add(spans.slice(9), 20_000);
    buffer.tick(24_999);
    expect(seen).toHaveLength(1);
    buffer.tick(25_000);
    expect(seen).toHaveLength(2);
    expect(seen[1]?.tree.nodes).toHaveLength(13);
    expect(seen[1]?.explanation.detections).toHaveLength(1);
    expect(seen[1]?.counted).toEqual([]);
    expect(buffer.stats().tracesDiagnosedAgain).toBe(1);
  });

  it("counting each of several findings once", () => {
    const { buffer, seen } = open();
    const t = looping(1, 12);
    for (let i = 0; i < 12; i += 1) {
      t.sql("select * from m where o = $1", {
        parent: t.spans[0]?.spanId,
        at: 200 + i * 13,
        ms: 12,
        hash: `${i}`,
      });
    }
    buffer.add(t.spans.slice(0, -1), 0);
    buffer.tick(5_000);
    buffer.add(t.spans.slice(-1), 6_000);
    buffer.tick(11_000);
    expect(seen.map((one) => one.counted.length)).toEqual([2, 0]);
  });

  it("with what only the late spans show", () => {
    const { buffer, seen } = open();
    const { spans } = looping(1, 12);
    buffer.add(spans.slice(0, 3), 0);
    buffer.tick(5_000);
    buffer.add(spans.slice(3), 6_000);
    buffer.tick(11_000);
    expect(seen.map((one) => one.counted.length)).toEqual([0, 1]);
  });

  it("and counted once even when its spans had to be given back meanwhile", () => {
    const { buffer, seen } = open({ finishedSpansMax: 0 });
    buffer.add(looping(1).spans, 0);
    buffer.tick(5_000);
    expect(buffer.stats()).toMatchObject({ finishedSpansHeld: 0, tracesHeld: 1 });
    buffer.add(looping(1).spans, 6_000);
    buffer.tick(11_000);
    expect(seen.map((one) => one.counted.length)).toEqual([1, 0]);
  });

  it("and forgotten a minute later", () => {
    const { buffer } = open();
    buffer.add(looping(1).spans, 0);
    buffer.tick(5_000);
    buffer.tick(64_900);
    expect(buffer.stats().tracesHeld).toBe(1);
    buffer.tick(65_000);
    expect(buffer.stats()).toMatchObject({ tracesHeld: 0, spansHeld: 0, finishedSpansHeld: 0 });
  });

  it("without stopping its neighbours when its diagnosis throws", () => {
    const real = testDiagnosis();
    const diagnosis: Diagnosis = {
      ...real,
      diagnose(trace, atMs) {
        if (trace.nodes.length === 1) throw new Error("a bug");
        return real.diagnose(trace, atMs);
      },
    };
    const { buffer, seen, errors } = open({}, diagnosis);
    const broken = traceBuilder(7);
    broken.span({ at: 0, ms: 1 });
    buffer.add([...broken.spans, ...looping(1).spans], 0);
    buffer.tick(5_000);
    expect(errors).toEqual([broken.traceId]);
    expect(seen).toHaveLength(1);
    expect(buffer.stats().tracesFailed).toBe(1);
  });

  it("whatever clock jumps lie between two ticks", () => {
    const { buffer, seen } = open();
    buffer.add(looping(1).spans, 0);
    buffer.tick(86_400_000);
    buffer.add(looping(2).spans, 86_400_000);
    buffer.tick(0);
    buffer.tick(86_405_000);
    expect(seen).toHaveLength(2);
  });
});

describe("memory is bounded and drops are counted", () => {
  it("by spans of one trace", () => {
    const { buffer, seen } = open({ spansPerTraceMax: 5 });
    buffer.add(looping(1).spans, 0);
    buffer.tick(5_000);
    expect(seen[0]?.tree.nodes).toHaveLength(5);
    expect(buffer.stats().spansDropped.spansPerTraceMax).toBe(6);
  });

  it("by spans of all waiting traces", () => {
    const { buffer } = open({ spansMax: 15 });
    buffer.add(looping(1).spans, 0);
    buffer.add(looping(2).spans, 0);
    buffer.add(looping(3).spans, 0);
    expect(buffer.stats()).toMatchObject({ spansHeld: 15, tracesHeld: 2, spansDropped: { spansMax: 18 } });
    buffer.tick(5_000);
    buffer.add(looping(3).spans, 5_000);
    expect(buffer.stats()).toMatchObject({ spansHeld: 11, spansDropped: { spansMax: 18 } });
  });

  // Red when: texts do not count, finished traces keep their memory, or what is not looked at is not counted.
  it("by bytes, finished traces giving way first", () => {
    const { buffer, seen } = open({ bytesMax: 40_000 });
    const withLongAddress = (seed: number) => {
      const t = traceBuilder(seed);
      t.call(`http://shop/${"x".repeat(15_000)}`, { at: 0, ms: 1 });
      return t.spans;
    };
    for (const seed of [1, 2, 3, 4]) buffer.add(withLongAddress(seed), 0);
    expect(buffer.stats()).toMatchObject({ spansHeld: 2, tracesHeld: 2, spansDropped: { bytesMax: 2 } });
    buffer.tick(5_000);
    for (const seed of [5, 6, 7, 8]) buffer.add(withLongAddress(seed), 5_000);
    expect(buffer.stats()).toMatchObject({
      spansHeld: 3,
      finishedSpansHeld: 0,
      spansDropped: { bytesMax: 3 },
    });
    expect(buffer.stats().bytesHeld).toBeLessThan(80_000);
    expect(seen).toHaveLength(2);
  });

  it("by traces, finished ones giving way to new ones", () => {
    const { buffer } = open({ tracesMax: 2 });
    const single = (seed: number) => {
      const t = traceBuilder(seed);
      t.span({ at: 0, ms: 1 });
      return t.spans;
    };
    for (const seed of [1, 2, 3]) buffer.add(single(seed), 0);
    expect(buffer.stats()).toMatchObject({ tracesHeld: 2, spansDropped: { tracesMax: 1 } });
    buffer.tick(5_000);
    for (const seed of [4, 5, 6]) buffer.add(single(seed), 6_000);
    expect(buffer.stats()).toMatchObject({ tracesHeld: 2, spansDropped: { tracesMax: 2 } });
  });

  it("by spans of finished traces, the oldest giving way", () => {
    const { buffer } = open({ finishedSpansMax: 25 });
    for (const seed of [1, 2, 3]) buffer.add(looping(seed, 4).spans, seed);
    for (const seed of [4, 5, 6]) buffer.add(looping(seed, 10).spans, seed);
    buffer.tick(6_000);
    expect(buffer.stats().finishedSpansHeld).toBe(22);
  });
});
