import { describe, expect, it } from "vitest";
import { gauge, histogram, openWindows, route } from "./window-fixture.ts";

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

describe("counting", () => {
  it("gives the same from running totals as from differences", () => {
    for (const temporality of ["cumulative", "delta"] as const) {
      const { add, read } = openWindows();
      let total: number[] = [];
      for (let at = 1; at <= 60; at++) {
        const now = [...times(9, 0.02), 0.3 + (at % 3)];
        total = [...total, ...now];
        add(histogram(temporality === "delta" ? now : total, { at, temporality }));
      }
      expect(read("serverRequestRate", 60)).toMatchObject({ value: 10, count: 300 });
      expect(read("serverLatencyP50", 60)?.value).toBeCloseTo(10 + (15 * 150) / 270, 6);
    }
  });

  // Red when: a restart of the sender reads as a negative or a doubled count.
  it.each([
    ["with a new start", 31],
    ["without one", 0],
  ])("goes on after a reset %s", (_, start) => {
    const { add, read } = openWindows();
    for (let at = 1; at <= 30; at++) add(histogram(times(at * 2, 0.02), { at }));
    for (let at = 32; at <= 40; at++) add(histogram(times(at - 31, 0.02), { at, start }));
    expect(read("serverRequestRate", 40, 10)?.count).toBe(9);
    expect(read("serverRequestRate", 40, 20)?.count).toBe(9 + 20);
  });

  it("does not count what a sender had counted before it was heard, unless it had just started", () => {
    const old = openWindows();
    for (let at = 1000; at <= 1003; at++) old.add(histogram(times(500 + at - 1000, 0.02), { at }));
    expect(old.read("serverRequestRate", 1003)?.count).toBe(3);
    const fresh = openWindows();
    fresh.add(histogram(times(7, 0.02), { at: 1000, start: 998 }));
    expect(fresh.read("serverRequestRate", 1000)?.count).toBe(7);
  });

  it("counts a series whole that a known sender begins", () => {
    const { add, read } = openWindows();
    add(gauge("process.memory.usage", 1, { at: 1000 }));
    add(histogram(times(3, 0.02), { at: 1001 }));
    expect(read("serverRequestRate", 1001)?.count).toBe(3);
  });

  // Red when: a point is taken for one of the series that came at its place in the export before.
  it.each([
    ["the same order", (_: number, index: number) => index],
    ["another order each time", (at: number, index: number) => (index * 7 + at * 3) % 12],
    ["some of them left out", (at: number, index: number) => (index % (1 + (at % 4)) === 0 ? index : -1)],
  ])("keeps series apart that are sent in %s", (_, place) => {
    const { add, read } = openWindows();
    const series = Array.from({ length: 12 }, (_, index) => ({
      ...{ "http.request.method": "GET", "http.route": `/${index % 6}` },
      ...(index < 6 ? {} : { "http.response.status_code": 500 }),
    }));
    for (let at = 1; at <= 20; at++) {
      const places = series.map((_, index) => place(at, index)).filter((each) => each >= 0);
      const total = (each: number) => times(at * (each + 1), 0.02);
      add(...places.map((each) => histogram(total(each), { at, attributes: series[each] ?? {} })));
    }
    for (let of = 0; of < 6; of++) {
      const [good, failed] = [20 * (of + 1), 20 * (of + 7)];
      expect(read("serverErrorRatio", 20, 30, `GET /${of}`)).toMatchObject({
        ...{ count: good + failed, value: failed / (good + failed) },
      });
    }
  });

  // Red when: the order of its attributes makes another series of one that is known, or of one that comes next.
  it("knows a series by its attributes in any order", () => {
    const { add, read } = openWindows();
    const turned = Object.fromEntries(Object.entries(route).reverse()) as typeof route;
    const other = { ...route, "http.route": "/others" };
    for (let at = 1; at <= 20; at++) {
      const attributes = at % 3 === 0 ? turned : route;
      add(histogram(times(at * 5, 0.02), { at, attributes }));
      if (at % 2 === 0) add(histogram(times(at, 0.02), { at, attributes: other }));
    }
    expect(read("serverLatencyP95", 20, 30, "GET /orders")?.count).toBe(100);
    expect(read("serverLatencyP95", 20, 30, "GET /others")?.count).toBe(20);
  });

  it("is failed by status 500 and above, and by an error without a status", () => {
    const { add, read } = openWindows();
    const of = (attributes: object, count: number) =>
      histogram(times(count, 0.02), { at: 5, start: 1, attributes: { ...route, ...attributes } });
    add(of({}, 10), of({ "http.response.status_code": 404, "error.type": "404" }, 5));
    add(of({ "http.response.status_code": 503 }, 3));
    add(
      histogram(times(2, 0.02), {
        at: 5,
        start: 1,
        attributes: { "http.request.method": "GET", "http.route": "/orders", "error.type": "Timeout" },
      }),
    );
    expect(read("serverErrorRatio", 5)).toMatchObject({ value: 5 / 20, count: 20 });
  });
});
