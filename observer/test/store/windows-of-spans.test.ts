import { describe, expect, it } from "vitest";
import { toSpanWeight } from "../../src/store/windows/span-weight.ts";
import { hex, resourceOf, span } from "./records.ts";
import { gauge, histogram, ms, openWindows, request, route } from "./window-fixture.ts";

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe("signals from spans", () => {
  it("are had where a service sends no metric of its requests", () => {
    const { addSpans, read } = openWindows();
    addSpans(...times(30, (index) => request(index + 1, 0.2)));
    addSpans(
      ...times(10, (index) =>
        request(index + 1, 0.2, {
          statusCode: "error",
          attributes: { ...route, "http.response.status_code": 500 },
        }),
      ),
    );
    expect(read("serverRequestRate", 30)).toMatchObject({ count: 40, value: 40 / 30 });
    expect(read("serverErrorRatio", 30)?.value).toBe(0.25);
    // In the fine bucket from 175 to 212.5 ms.
    expect(read("serverLatencyP95", 30)?.value).toBeCloseTo(210.6, 1);
  });

  // Red when: requests are counted from both, or the choice is made per route.
  it("are never added to those from metrics", () => {
    const { add, addSpans, read } = openWindows();
    for (let at = 1; at <= 30; at++)
      add(
        histogram(
          times(at, () => 0.02),
          { at },
        ),
      );
    addSpans(...times(30, (index) => request(index + 1, 0.02)));
    addSpans(request(29, 0.02, { attributes: { ...route, "http.route": "/only-in-spans" } }));
    expect(read("serverRequestRate", 30, 10, "GET /orders")?.count).toBe(10);
    expect(read("serverRequestRate", 30, 10, "GET /only-in-spans")).toBeUndefined();
    expect(read("serviceRequestRate", 30, 10)?.count).toBe(10);
  });

  it("answer for a service whose metric names no route", () => {
    const { add, addSpans, read } = openWindows();
    const withoutRoute = { "http.request.method": "GET" };
    for (let at = 1; at <= 30; at++)
      add(
        histogram(
          times(at, () => 20),
          { at, name: "http.server.duration", attributes: withoutRoute },
        ),
      );
    addSpans(...times(5, (index) => request(index + 20, 0.02)));
    expect(read("serverRequestRate", 30, 30, "GET /orders")?.count).toBe(5);
  });

  it("take over when a service stops sending metrics", () => {
    const { add, addSpans, read } = openWindows();
    for (let at = 1; at <= 10; at++)
      add(
        histogram(
          times(at, () => 0.02),
          { at },
        ),
      );
    addSpans(...times(60, (index) => request(index + 1, 0.02)));
    expect(read("serverRequestRate", 30)?.count).toBe(10);
    expect(read("serverRequestRate", 60)?.count).toBe(30);
  });

  it("count databases, messages and calls by their own spans", () => {
    const { addSpans, read } = openWindows();
    const at = {
      startUnixNano: BigInt(ms(4)) * 1_000_000n,
      endUnixNano: BigInt(ms(5)) * 1_000_000n,
      receivedAtMs: ms(5),
    };
    addSpans(
      span({ ...at, spanId: hex(1, 16), kind: "client", attributes: { "db.query.text": "select 1" } }),
      span({ ...at, spanId: hex(2, 16), kind: "client", attributes: { "http.request.method": "GET" } }),
      span({ ...at, spanId: hex(3, 16), kind: "consumer", attributes: { "messaging.system": "rabbitmq" } }),
      span({ ...at, spanId: hex(4, 16), kind: "internal", attributes: {} }),
    );
    expect(read("databaseOperationRate", 5)?.count).toBe(1);
    expect(read("httpClientLatencyP95", 5)?.count).toBe(1);
    expect(read("messagingRate", 5)?.count).toBe(1);
    expect(read("serviceRequestRate", 5)).toBeUndefined();
  });

  it("weigh sampled spans by what they stand for", () => {
    const { addSpans, read } = openWindows();
    addSpans(...times(30, (index) => request(index + 1, 0.02, { traceState: "ot=th:c" })));
    expect(read("serverRequestRate", 30)).toMatchObject({ count: 120, value: 4 });
  });

  // Red when: weights that are no whole numbers are rounded one by one.
  it("keep the sum of fractional weights right", () => {
    const { addSpans, read } = openWindows();
    addSpans(
      ...times(300, (index) =>
        request((index % 30) + 0.5, 0.02, { attributes: { ...route, "sampling.probability": 0.4 } }),
      ),
    );
    expect(read("serverRequestRate", 30)?.count).toBe(750);
  });

  it("are not enough for rates and ratios where spans were sampled nobody knows how", () => {
    const { addSpans, read } = openWindows();
    addSpans(
      ...times(30, (index) =>
        request(index + 1, 0.2, { attributes: { ...route, "tailsampling.policy": "slow" } }),
      ),
    );
    expect(read("serverRequestRate", 30)?.count).toBe(0);
    expect(read("serverErrorRatio", 30)?.count).toBe(0);
    expect(read("serverLatencyP95", 30)?.count).toBe(30);
  });
});

describe("the weight of a span", () => {
  it.each([
    ["ot=th:0", {}, 1],
    ["ot=th:8", {}, 2],
    ["vendor=x,ot=rv:123;th:c", {}, 4],
    ["ot=p:3", {}, 8],
    ["ot=p:63", {}, 1],
    ["vendor=th:8", {}, 1],
    ["", { "sampler.type": "probabilistic", "sampler.param": 0.25 }, 4],
    ["", { "sampler.type": "const", "sampler.param": true }, 1],
    ["", { "sampler.type": "ratelimiting", "sampler.param": 2 }, undefined],
    ["", { "sampling.probability": 0.5 }, 2],
    ["", { "sampling.probability": 0 }, undefined],
    ["", {}, 1],
  ])("of trace state %j and %j is %s", (traceState, attributes, weight) => {
    expect(toSpanWeight(span({ traceState, attributes }))).toBe(weight);
  });
});

describe("bounds", () => {
  it("put routes beyond the bound together, so that none is lost from the service", () => {
    const { addSpans, read, source } = openWindows({ maxRoutesPerService: 10 });
    addSpans(
      ...times(500, (index) =>
        request(5, 0.02, { attributes: { ...route, "http.route": `/orders/${index}` } }),
      ),
    );
    expect(read("serviceRequestRate", 5)?.count).toBe(500);
    expect(source.read("serverRequestRate", 30, ms(5)).size).toBe(11);
    expect(read("serverRequestRate", 5, 30, "(other routes)")?.count).toBe(490);
  });

  // Red when: rings grow with what is sent, whatever was allowed.
  it("hold memory whatever is sent, and count what found no room", () => {
    const { addSpans, source } = openWindows({ maxBytes: 500_000, maxRoutesPerService: 1e6 });
    for (let at = 1; at <= 200; at++) {
      addSpans(
        ...times(50, (index) =>
          request(at, 0.02, { attributes: { ...route, "http.route": `/r${index + at * 50}` } }),
        ),
      );
    }
    expect(source.usage().ringBytes).toBeLessThan(600_000);
    expect(source.usage().counters.overflowed).toBeGreaterThan(0);
  });

  it("forget routes and instances that fell silent, but not the service", () => {
    const { addSpans, add, source } = openWindows();
    addSpans(request(1, 0.02, { resource: resourceOf({ instance: "gone" }) }));
    const before = source.usage().ringBytes;
    expect(before).toBeGreaterThan(0);
    for (let at = 2; at < 1000; at += 10)
      add(gauge("process.memory.usage", 1, { at, resource: resourceOf({ service: "other" }) }));
    expect(source.usage().ringBytes).toBe(0);
    expect(source.seenSubjects().map(({ service }) => service)).toEqual(
      expect.arrayContaining(["shop", "other"]),
    );
    addSpans(request(1000, 0.02, { resource: resourceOf({ instance: "gone" }) }));
    expect(source.read("serviceRequestRate", 30, ms(1001)).size).toBe(1);
  });

  it("name every service and route that was seen", () => {
    const { add, addSpans, source } = openWindows();
    addSpans(
      request(1, 0.02),
      request(1, 0.02, { resource: resourceOf({ service: "pay", environment: "prod" }) }),
    );
    add(gauge("something.of.their.own", 1, { at: 1, resource: resourceOf({ service: "quiet" }) }));
    expect(source.seenSubjects()).toEqual(
      expect.arrayContaining([
        { environment: "default", namespace: "", service: "shop" },
        { environment: "default", namespace: "", service: "shop", route: "GET /orders" },
        { environment: "prod", namespace: "", service: "pay", route: "GET /orders" },
        { environment: "default", namespace: "", service: "quiet" },
      ]),
    );
  });
});
