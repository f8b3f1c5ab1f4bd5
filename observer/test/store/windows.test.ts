import { describe, expect, it } from "vitest";
import { resourceOf } from "./records.ts";
import {
  bounds,
  counter,
  exponential,
  gauge,
  histogram,
  ms,
  openWindows,
  request,
} from "./window-fixture.ts";

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

describe("a window", () => {
  // Red when: the start of the window is included, or its end is not.
  it("excludes its start and includes its end", () => {
    const { add, read } = openWindows();
    for (let at = 1; at <= 60; at++) add(histogram(times(at, 0.02), { at }));
    expect(read("serverRequestRate", 40, 10)).toMatchObject({
      value: 1,
      count: 10,
      newestAtMs: ms(40),
      effectiveWindowSeconds: 10,
    });
    expect(read("serverRequestRate", 40.999, 10)?.count).toBe(10);
  });

  // Red when: times in nanoseconds are rounded to numbers, which moves every other one by a hundred nanoseconds.
  it("includes a point of the very millisecond in which it ends", () => {
    const { add, read } = openWindows();
    for (let at = 1; at <= 2; at += 0.001) {
      add(gauge("process.memory.usage", at * 1e6, { at }));
      expect(read("memoryMb", at)?.value).toBeCloseTo(at, 9);
    }
  });

  it("has no sample where nothing came, and a count of 0 where the sender came and nothing happened", () => {
    const { add, read } = openWindows();
    expect(read("serverLatencyP95", 10)).toBeUndefined();
    for (let at = 1; at <= 100; at++) add(histogram(times(5, 0.02), { at }));
    expect(read("serverLatencyP95", 100)).toMatchObject({ count: 0 });
    expect(read("serverLatencyP95", 140)).toBeUndefined();
  });

  // Red when: a sender that exports rarely falls out of a short window between two exports.
  it("is 2.5 export intervals long for senders that export rarely", () => {
    const { add, read } = openWindows();
    for (let at = 60; at <= 600; at += 60) add(histogram(times(at, 0.02), { at }));
    const sample = read("serverRequestRate", 640);
    expect(sample?.effectiveWindowSeconds).toBe(150);
    expect(sample?.value).toBeCloseTo(1, 9);
  });

  it("does not see what arrives later, and sees late points where they belong", () => {
    const { add, read } = openWindows();
    const inOrder = [1, 2, 3, 5, 6].map((at) => histogram(times(10, 0.02), { at, temporality: "delta" }));
    add(...inOrder);
    expect(read("serverRequestRate", 6, 10)?.count).toBe(50);
    add(histogram(times(7, 0.02), { at: 4, received: 6, temporality: "delta" }));
    expect(read("serverRequestRate", 4, 3)?.count).toBe(27);
    expect(read("serverRequestRate", 6, 10)?.count).toBe(57);
  });

  it("counts a repeated point once", () => {
    const { add, read, source } = openWindows();
    for (const temporality of ["delta", "cumulative"] as const) {
      const name = temporality === "delta" ? "http.server.request.duration" : "db.client.operation.duration";
      for (let at = 1; at <= 3; at++) {
        const one = histogram(times(temporality === "delta" ? 4 : at * 4, 0.02), { at, temporality, name });
        add(one, one);
        add(one);
      }
    }
    expect(read("serverRequestRate", 3, 10)?.count).toBe(12);
    expect(read("databaseOperationRate", 3, 10)?.count).toBe(12);
    expect(source.usage().counters.repeated).toBe(12);
  });

  it("takes the time of arrival where a sender's clock is ahead", () => {
    const { add, read } = openWindows();
    add(gauge("process.memory.usage", 5e6, { at: 900, received: 10 }));
    expect(read("memoryMb", 10)).toMatchObject({ value: 5, newestAtMs: ms(10) });
  });

  it("stays right where rings have to forget, over hours of points", () => {
    const { add, read } = openWindows();
    for (let at = 1; at <= 7200; at++) add(histogram(times(1, 0.02), { at, temporality: "delta" }));
    expect(read("serverRequestRate", 7200, 30)?.count).toBe(30);
    expect(read("serverRequestRate", 7200, 60)?.count).toBe(60);
  });

  it("reaches as far back as a rule asks for", () => {
    const { add, read } = openWindows({ longestWindowSeconds: 3600 });
    for (let at = 1; at <= 7200; at++) add(histogram(times(2, 0.02), { at, temporality: "delta" }));
    expect(read("serverRequestRate", 7200, 300)?.count).toBe(600);
    // Beyond five minutes points are thinned: the far end of a window is true to 15 s.
    expect(Math.abs((read("serverRequestRate", 7200, 3600)?.count ?? 0) - 7200)).toBeLessThanOrEqual(30);
  });
});

describe("quantiles", () => {
  it.each([
    ["in the middle of a bucket", times(100, 0.3), 0.95, 250 + 0.95 * 250],
    ["in the first bucket", times(10, 0.001), 0.5, 2.5],
    ["above the last bound", times(10, 60), 0.99, 10_000],
    ["at the border of two buckets", [...times(50, 0.02), ...times(50, 0.3)], 0.5, 25],
  ])("are interpolated as Prometheus does: %s", (_, durations, quantile, wanted) => {
    const { add, read } = openWindows();
    add(histogram(durations, { at: 5, start: 1 }));
    const signal =
      quantile === 0.5 ? "serverLatencyP50" : quantile === 0.95 ? "serverLatencyP95" : "serverLatencyP99";
    expect(read(signal, 5)?.value).toBeCloseTo(wanted, 6);
  });

  // Red when: one of the forms is read in another unit, or buckets are shifted.
  it("agree to within a bucket whatever form the same traffic is sent in", () => {
    const durations = Array.from({ length: 400 }, (_, index) => 0.02 + (index % 40) * 0.01);
    const forms = {
      explicit: openWindows(),
      exponential: openWindows(),
      fine: openWindows(),
      spans: openWindows(),
      old: openWindows(),
    };
    forms.explicit.add(histogram(durations, { at: 5, start: 1 }));
    forms.exponential.add(exponential(durations, 3, { at: 5, start: 1 }));
    forms.fine.add(exponential(durations, 8, { at: 5, start: 1 }));
    forms.spans.addSpans(...durations.map((duration) => request(5, duration)));
    forms.old.add(
      histogram(
        durations.map((duration) => duration * 1000),
        { at: 5, start: 1, name: "http.server.duration", bounds: bounds.map((bound) => bound * 1000) },
      ),
    );
    for (const windows of Object.values(forms)) {
      const sample = windows.read("serverLatencyP95", 5);
      expect(sample?.count).toBe(400);
      // The true value is 400 ms, in the bucket from 250 to 500.
      expect(sample?.value).toBeGreaterThan(250);
      expect(sample?.value).toBeLessThanOrEqual(500);
    }
    expect(forms.spans.read("serverLatencyP95", 5)?.value).toBeCloseTo(400, -1.5);
    expect(forms.exponential.read("serverLatencyP95", 5)?.value).toBeCloseTo(400, -2);
    expect(forms.old.read("serverLatencyP95", 5)?.value).toBe(
      forms.explicit.read("serverLatencyP95", 5)?.value,
    );
  });

  it("pool instances, also where their buckets differ", () => {
    const { add, read } = openWindows();
    add(histogram(times(90, 0.02), { at: 5, start: 1, resource: resourceOf({ instance: "a" }) }));
    add(
      histogram(times(10, 0.9), {
        at: 5,
        start: 1,
        resource: resourceOf({ instance: "b" }),
        bounds: [0.1, 1],
      }),
    );
    expect(read("serverLatencyP95", 5)?.count).toBe(100);
    expect(read("serverLatencyP95", 5)?.value).toBeGreaterThan(750);
    expect(read("serverLatencyP50", 5)?.value).toBeLessThan(25);
  });

  it("follow a sender that changes its buckets", () => {
    const { add, read } = openWindows();
    add(histogram(times(10, 0.02), { at: 5, start: 1 }));
    add(histogram(times(4, 0.02), { at: 6, start: 5.5, bounds: [0.1, 1] }));
    expect(read("serverRequestRate", 6)?.count).toBe(14);
  });

  it("have no value where a sender counts without buckets", () => {
    const { add, read } = openWindows();
    add(histogram(times(10, 0.02), { at: 5, start: 1, bounds: [] }));
    expect(read("serverLatencyP95", 5)).toBeUndefined();
    expect(read("serverRequestRate", 5)?.count).toBe(10);
  });
});

describe("gauges and counters", () => {
  it("show the latest value, added up over attributes, of the worst instance", () => {
    const { add, read } = openWindows();
    const a = resourceOf({ instance: "a" });
    const b = resourceOf({ instance: "b" });
    for (let at = 1; at <= 3; at++) {
      add(gauge("v8js.memory.heap.used", at * 1e6, { at, resource: a, attributes: { space: "old" } }));
      add(gauge("v8js.memory.heap.used", 5e6, { at, resource: a, attributes: { space: "new" } }));
      add(gauge("v8js.memory.heap.used", 2e6, { at, resource: b, attributes: { space: "old" } }));
    }
    expect(read("heapUsedMb", 3)).toMatchObject({ value: 8, newestAtMs: ms(3) });
    expect(read("heapUsedMb", 1)?.value).toBe(6);
  });

  it("divide cores used by cores allowed, per instance", () => {
    const { add, read } = openWindows();
    for (const [instance, cores, allowed] of [
      ["a", 0.5, 2],
      ["b", 1.2, 4],
    ] as const) {
      const resource = resourceOf({ instance });
      for (let at = 1; at <= 40; at++) {
        add(
          counter("process.cpu.time", at * cores * 0.75, {
            at,
            resource,
            attributes: { "cpu.mode": "user" },
          }),
        );
        add(
          counter("process.cpu.time", at * cores * 0.25, {
            at,
            resource,
            attributes: { "cpu.mode": "system" },
          }),
        );
        add(gauge("kontor.process.cpu.allowed", allowed, { at, resource }));
      }
    }
    expect(read("cpuRatio", 40)?.value).toBeCloseTo(0.3, 6);
  });

  it("keep pools apart and show the fullest", () => {
    const { add, read } = openWindows();
    for (const [pool, used, max] of [
      ["one", 2, 10],
      ["two", 4, 5],
    ] as const) {
      const name = { "db.client.connection.pool.name": pool };
      add(
        gauge("db.client.connection.count", used, {
          at: 5,
          attributes: { ...name, "db.client.connection.state": "used" },
        }),
      );
      add(
        gauge("db.client.connection.count", 1, {
          at: 5,
          attributes: { ...name, "db.client.connection.state": "idle" },
        }),
      );
      add(gauge("db.client.connection.max", max, { at: 5, attributes: name }));
    }
    expect(read("databasePoolRatio", 5)?.value).toBe(0.8);
  });

  it("average health polls", () => {
    const { add, read } = openWindows();
    for (const [at, up] of [
      [1, 1],
      [2, 1],
      [3, 0],
      [4, 1],
    ] as const)
      add(gauge("kontor.health.up", up, { at }));
    expect(read("availability", 4)).toMatchObject({ value: 0.75, count: 4 });
  });

  it("pass over what is no number", () => {
    const { add, read, source } = openWindows();
    add(gauge("process.memory.usage", Number.NaN, { at: 5 }), gauge("process.memory.usage", 7e6, { at: 6 }));
    expect(read("memoryMb", 6)?.value).toBe(7);
    expect(source.usage().counters.notFinite).toBe(1);
  });
});

it("counts the garbage collector's time as a share", () => {
  const { add, read } = openWindows();
  for (let at = 1; at <= 40; at++)
    add(histogram(times(at * 2, 0.05), { at, name: "v8js.gc.duration", attributes: {} }));
  expect(read("gcTimeRatio", 40)?.value).toBeCloseTo(0.1, 6);
});
