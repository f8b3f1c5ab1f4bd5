import { describe, expect, it } from "vitest";
import type { SignalName } from "../../../src/signals/catalogue.ts";
import type { Sample } from "../../../src/signals/signal-source.ts";
import { jsonTraces } from "../../ingest/decode-fixture.ts";
import type { SignalPath, SourceName } from "./open-signal-path.ts";
import { countedSignal, until } from "./open-signal-path.ts";
import { requestSpans } from "./request-spans.ts";
import { bounds, createTestService, type ServiceOptions, type TestService } from "./test-service.ts";

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

/**
 * The behaviour every SignalSource owes its callers. What goes in goes in as OTLP through the collector. Where a source differs, the
 * test says so by the id of its row in the table of differences.
 */
export function describeSignalSource(source: SourceName, path: () => SignalPath): void {
  const differs = (): boolean => source !== "stream";
  const at = (seconds: number): number => path().baseMs + seconds * 1000;
  let serviceCount = 0;
  const open = (options: Partial<ServiceOptions> = {}): TestService => {
    serviceCount += 1;
    return createTestService({ name: `${source}-${serviceCount}`, ...options });
  };
  const run = async (service: TestService, from: number, to: number, measure: (second: number) => void) => {
    for (let second = from; second <= to; second++) {
      measure(second);
      await path().send(service.export(at(second)));
    }
  };
  const list = async (
    signal: SignalName,
    seconds: number,
    windowSeconds: number,
    name: string,
  ): Promise<Sample[]> => {
    const samples = await path().read(source, signal, windowSeconds, at(seconds));
    return [...samples.values()].filter(({ subject }) => subject.service === name);
  };
  const read = async (signal: SignalName, seconds: number, { name }: TestService, windowSeconds = 30) =>
    (await list(signal, seconds, windowSeconds, name))[0];

  describe(`SignalSource: ${source}`, () => {
    // Red when: the start of the window is included, or its end is not.
    it("excludes the start of the window and includes its end", async () => {
      const service = open();
      await run(service, 1, 60, () => service.request("GET /orders", [0.02]));
      await path().settled();
      const expected = { value: 1, count: 10, newestAtMs: at(40), effectiveWindowSeconds: 10 };
      expect(await read("serverRequestRate", 40, service, 10)).toMatchObject(expected);
      expect(await read("serverRequestRate", 40.999, service, 10)).toMatchObject({ count: 10 });
    });

    // Red when: a count is extrapolated to the ends of the window, or a status is left out.
    it("counts exactly on export boundaries, by route and for the whole service", async () => {
      const service = open();
      let [orders, failed, all] = [0, 0, 0];
      await run(service, 1, 60, (second) => {
        const isInside = second > 30;
        const count = second % 7;
        service.request("GET /orders", times(count, 0.02));
        service.request("POST /orders", times(2, 0.3), {
          "http.response.status_code": second % 3 === 0 ? 503 : 404,
        });
        service.request("PUT /orders", times(second % 5 === 0 ? 1 : 0, 0.01), { "error.type": "ECONNRESET" });
        if (!isInside) return;
        orders += count;
        failed += second % 3 === 0 ? 2 : 0;
        all += count + 2 + (second % 5 === 0 ? 1 : 0);
      });
      await path().settled();
      const byRoute = new Map(
        (await list("serverErrorRatio", 60, 30, service.name)).map((sample) => [
          sample.subject.route,
          sample,
        ]),
      );
      expect(byRoute.get("GET /orders")).toMatchObject({ count: orders, value: 0 });
      expect(byRoute.get("POST /orders")).toMatchObject({ count: 60, value: failed / 60 });
      expect(byRoute.get("PUT /orders")).toMatchObject({ count: 6, value: 1 });
      expect(await read("serviceErrorRatio", 60, service)).toMatchObject({
        count: all,
        value: (failed + 6) / all,
      });
      expect((await read("serviceRequestRate", 60, service))?.value).toBeCloseTo(all / 30, 9);
    });

    // Red when: buckets are not pooled over statuses, or are scaled twice.
    it("knows quantiles to the bucket in which they lie", async () => {
      const service = open();
      const inside: number[] = [];
      await run(service, 1, 60, (second) => {
        const durations = Array.from(
          { length: 9 },
          (_, index) => 0.004 * 1.31 ** ((second * 7 + index * 5) % 23),
        );
        service.request("GET /orders", durations, {
          "http.response.status_code": second % 2 === 0 ? 200 : 500,
        });
        if (second > 30) inside.push(...durations);
      });
      await path().settled();
      inside.sort((a, b) => a - b);
      for (const [signal, share] of [
        ["serverLatencyP50", 0.5],
        ["serverLatencyP95", 0.95],
        ["serviceLatencyP99", 0.99],
      ] as const) {
        const truth = inside[Math.ceil(share * inside.length) - 1] ?? 0;
        const upper = bounds.find((bound) => truth <= bound) ?? 10;
        const lower = bounds[bounds.indexOf(upper) - 1] ?? 0;
        const sample = await read(signal, 60, service);
        expect(sample?.count).toBe(inside.length);
        expect(sample?.value).toBeGreaterThan(lower * 1000);
        expect(sample?.value).toBeLessThanOrEqual(upper * 1000);
      }
    });

    it("gives the same from differences as from running totals", async () => {
      const service = open({ temporality: "delta" });
      await run(service, 1, 60, (second) => {
        service.request("GET /orders", [...times(9, 0.02), 0.3]);
        service.count("process.cpu.time", "s", second / 100);
      });
      await path().settled();
      expect(await read("serverRequestRate", 60, service)).toMatchObject({ value: 10, count: 300 });
      expect((await read("serverLatencyP50", 60, service))?.value).toBeCloseTo(10 + (15 * 150) / 270, 6);
    });

    it("has no sample where nothing came, and a count of 0 where nothing happened", async () => {
      const service = open();
      await run(service, 1, 40, (second) => service.request("GET /orders", second <= 5 ? [0.02] : []));
      await path().settled();
      expect(await read("serverLatencyP95", 40, service)).toMatchObject({ count: 0, value: 0 });
      expect(await read("serverErrorRatio", 40, service)).toMatchObject({ count: 0, value: 0 });
      expect(await read("serverLatencyP95", 75, service)).toBeUndefined();
      expect(await read("memoryMb", 40, service)).toBeUndefined();
    });

    it("counts a process that takes over under another instance from its beginning", async () => {
      const [before, after] = [open({ instance: "a" }), open({ instance: "b" })];
      const next = createTestService({ name: before.name, instance: "b" });
      await run(before, 1, 40, () => before.request("GET /orders", times(2, 0.02)));
      await path().settled();
      await run(next, 41, 60, () => next.request("GET /orders", times(3, 0.3)));
      await path().settled();
      expect(after.name).not.toBe(before.name);
      expect(await read("serverRequestRate", 60, before)).toMatchObject({ count: 10 * 2 + 20 * 3 });
      expect(await read("serverRequestRate", 60, before, 10)).toMatchObject({ count: 30 });
      expect((await read("serverLatencyP50", 60, before, 10))?.value).toBeGreaterThan(250);
    });

    it("goes on after a process began anew under the same instance (reset)", async () => {
      const service = open();
      await run(service, 1, 30, () => service.request("GET /orders", times(2, 0.02)));
      service.restart(at(31));
      await run(service, 32, 40, () => service.request("GET /orders", [0.02]));
      await path().settled();
      expect(await read("serverRequestRate", 40, service, 10)).toMatchObject({ count: 9 });
      expect(await read("serverRequestRate", 40, service, 20)).toMatchObject({
        count: differs() ? 9 : 9 + 20,
      });
    });

    it("counts a route that is new in a service that is known (new-route)", async () => {
      const service = open();
      await run(service, 1, 40, () => service.request("GET /orders", [0.02]));
      await path().settled();
      await run(service, 41, 50, () => {
        service.request("GET /orders", [0.02]);
        service.request("GET /items", times(4, 0.02));
      });
      await path().settled();
      const counts = await list("serverErrorRatio", 50, 30, service.name);
      expect(counts.find(({ subject }) => subject.route === "GET /items")).toMatchObject({
        count: 40,
        value: 0,
      });
      const quantiles = await list("serverLatencyP95", 50, 30, service.name);
      const item = quantiles.find(({ subject }) => subject.route === "GET /items");
      if (source === "prometheus") expect(item).toBeUndefined();
      else expect(item).toMatchObject({ count: 40 });
    });

    it("says when it counts a service that was never heard of (new-service)", async () => {
      const service = open();
      await run(service, 1, 10, () => service.request("GET /orders", times(5, 0.02)));
      await path().settled();
      const sample = await read("serverRequestRate", 10, service);
      if (source === "prometheus") expect(sample?.count ?? 0).toBe(0);
      else expect(sample).toMatchObject({ count: 50 });
    });

    it("pools requests of instances, and shows the worst of what each has", async () => {
      const first = open({ instance: "a" });
      const second = createTestService({ name: first.name, instance: "b" });
      for (let now = 1; now <= 40; now++) {
        for (const [service, load] of [
          [first, 1],
          [second, 3],
        ] as const) {
          service.request("GET /orders", times(load, 0.02));
          service.count("process.cpu.time", "s", 0.1 * load, { "cpu.mode": "user" });
          service.count("process.cpu.time", "s", 0.1 * load, { "cpu.mode": "system" });
          service.gauge("kontor.process.cpu.allowed", "{cpu}", 2);
          service.gauge("process.memory.usage", "By", 40e6 * load, { "memory.type": "rss" });
          service.gauge("process.memory.usage", "By", 10e6 * load, { "memory.type": "swap" });
          service.gauge("nodejs.eventloop.utilization", "1", now > 10 && now <= 25 ? 0.2 * load : 0);
        }
        await path().send(first.export(at(now)), second.export(at(now)));
      }
      await path().settled();
      expect(await read("serverRequestRate", 40, first)).toMatchObject({ count: 120, value: 4 });
      expect((await read("cpuRatio", 40, first))?.value).toBeCloseTo(0.3, 9);
      expect((await read("memoryMb", 40, first))?.value).toBeCloseTo(150, 9);
      expect(await read("memoryMb", 40, first)).toMatchObject({ count: 60, newestAtMs: at(40) });
      expect((await read("eventLoopUtilization", 40, first))?.value).toBeCloseTo((15 * 0.6) / 30, 9);
    });

    it("keeps pools apart, and reads gauges sent without their unit", async () => {
      const service = open();
      await run(service, 1, 10, () => {
        for (const [pool, used, max] of [
          ["a", 2, 10],
          ["b", 9, 10],
        ] as const) {
          const about = { "db.client.connection.pool.name": pool };
          service.gauge("db.client.connection.count", "{connection}", used, {
            ...about,
            "db.client.connection.state": "used",
          });
          service.gauge("db.client.connection.count", "{connection}", 10 - used, {
            ...about,
            "db.client.connection.state": "idle",
          });
          service.gauge("db.client.connection.max", "{connection}", max, about);
        }
        service.gauge("process.memory.usage", "", 77e6);
        service.record("v8js.gc.duration", "s", [0.03], { "v8js.gc.type": "minor" });
      });
      await path().settled();
      expect((await read("databasePoolRatio", 10, service))?.value).toBeCloseTo(0.9, 9);
      expect((await read("memoryMb", 10, service))?.value).toBeCloseTo(77, 9);
      expect((await read("gcTimeRatio", 10, service, 5))?.value).toBeCloseTo(0.03, 9);
    });

    it("counts what a configuration names, per minute", async () => {
      const service = open();
      await run(service, 1, 40, () => {
        service.count("shop.orders.placed", "{order}", 2, { kind: "web" });
        service.count("shop.orders.placed", "{order}", 1, { kind: "phone" });
      });
      await path().settled();
      expect((await read(countedSignal, 40, service))?.value).toBeCloseTo(180, 9);
    });

    // Red when: a service that exports every 60 s falls out of a window of 30 s.
    it("makes windows longer for services that export rarely", async () => {
      const service = open();
      for (let minute = 1; minute <= 10; minute++) {
        service.request("GET /orders", times(60, 0.02));
        await path().send(service.export(at(minute * 60)));
      }
      await path().settled();
      // Two exports have to be seen before anybody knows how far they lie apart.
      for (const seconds of [420, 480, 540]) await read("serverRequestRate", seconds, service);
      const sample = await read("serverRequestRate", 640, service);
      expect(sample).toMatchObject({ effectiveWindowSeconds: 150, count: 120, newestAtMs: at(600) });
      expect(sample?.value).toBeCloseTo(1, 9);
    });

    it("tells environments, namespaces and services apart", async () => {
      const names = { "service.namespace": "shop", "deployment.environment.name": "live" };
      const live = open({ resource: names });
      const test = createTestService({
        name: live.name,
        resource: { ...names, "deployment.environment.name": "test" },
      });
      for (let now = 1; now <= 40; now++) {
        live.request("GET /orders", times(1, 0.02));
        test.request("GET /orders", times(2, 0.02));
        await path().send(live.export(at(now)), test.export(at(now)));
      }
      await path().settled();
      const samples = await list("serverRequestRate", 40, 30, live.name);
      expect(
        samples.map(({ subject, count }) => [subject.environment, subject.namespace, count]).sort(),
      ).toEqual([
        ["live", "shop", 30],
        ["test", "shop", 60],
      ]);
    });

    it("reads the older HTTP metrics and attributes, in milliseconds", async () => {
      const service = open({ bounds: bounds.map((bound) => bound * 1000) });
      await run(service, 1, 40, () => {
        const about = { "http.method": "GET", "http.route": "/orders" };
        service.record("http.server.duration", "ms", times(8, 60), { ...about, "http.status_code": 200 });
        service.record("http.server.duration", "ms", times(2, 300), { ...about, "http.status_code": 500 });
      });
      await path().settled();
      expect(await read("serverErrorRatio", 40, service)).toMatchObject({
        value: 0.2,
        count: 300,
        subject: { route: "GET /orders" },
      });
      expect((await read("serverLatencyP50", 40, service))?.value).toBeCloseTo(50 + 25 * (150 / 240), 6);
    });

    it("does not read request metrics without a route", async () => {
      const service = open();
      await run(service, 1, 40, () =>
        service.record("http.server.request.duration", "s", [0.02], { "http.request.method": "GET" }),
      );
      await path().settled();
      expect(await read("serviceRequestRate", 40, service)).toBeUndefined();
      expect(await read("serverRequestRate", 40, service)).toBeUndefined();
    });

    it("reads exponential histograms (exponential)", async () => {
      const service = open({ exponential: 3 });
      await run(service, 1, 40, () => service.request("GET /orders", [...times(19, 0.02), 0.3]));
      await path().settled();
      const sample = await read("serverLatencyP50", 40, service);
      expect(sample?.count).toBe(600);
      expect(sample?.value).toBeGreaterThan(10);
      expect(sample?.value).toBeLessThanOrEqual(25);
    });

    it("reads services that send traces only (traces-only)", async () => {
      const service = open();
      const send = (count: number, seconds: number, status: number) =>
        path().sendSpans(
          jsonTraces(requestSpans({ count, seconds, status, endMs: Date.now() }), {
            "service.name": service.name,
            "service.instance.id": "a",
          }),
        );
      // A window of the collector's three exports.
      const now = async (signal: SignalName) => {
        const samples = await path().read(source, signal, 15, Date.now());
        return [...samples.values()].find(({ subject }) => subject.service === service.name);
      };
      const count = async () => (await now("serviceRequestRate"))?.count;
      await send(5, 0.02, 200);
      // What the collector counted before a store first heard of the service is known to the stream alone (new-service).
      if (source !== "stream")
        await until("the service is known and at rest", async () => (await count()) === 0);
      await send(30, 0.3, 503);
      await until("the requests are counted", async () => ((await count()) ?? 0) >= 30);
      expect((await now("serverErrorRatio"))?.subject.route).toBe("GET /orders");
      expect((await now("serverErrorRatio"))?.value).toBeGreaterThanOrEqual(30 / 35);
      expect((await now("serverLatencyP95"))?.value).toBeGreaterThan(250);
    }, 90_000);

    // Red when: a subject costs a query of its own.
    it("answers every series of a signal in one query", async () => {
      const services = Array.from({ length: 30 }, () => open());
      for (let now = 1; now <= 12; now++) {
        for (const service of services) {
          service.request("GET /orders", [0.02]);
          service.request("GET /items", [0.02]);
        }
        await path().send(...services.map((service) => service.export(at(now))));
      }
      await path().settled();
      const before = path().queries(source);
      const samples = await path().read(source, "serverLatencyP95", 10, at(12));
      expect(path().queries(source) - before).toBe(source === "stream" ? 0 : 1);
      const ours = services.map(({ name }) => name);
      expect([...samples.values()].filter(({ subject }) => ours.includes(subject.service))).toHaveLength(60);
    });
  });
}
