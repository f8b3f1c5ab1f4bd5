import { describe, expect, it } from "vitest";
import type { SignalName } from "../../../src/signals/catalogue.ts";
import { jsonTraces } from "../../ingest/decode-fixture.ts";
import type { SignalPath, SourceName } from "./open-signal-path.ts";
import { countedSignal, until } from "./open-signal-path.ts";
import { requestSpans } from "./request-spans.ts";
import { createSourceRun } from "./source-run.ts";
import { bounds, createTestService } from "./test-service.ts";

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

/** Which senders every SignalSource knows, and how it puts together what they send; as in `describeCounting`. */
export function describeSenders(source: SourceName, path: () => SignalPath): void {
  const { at, open, run, list, read } = createSourceRun(source, "senders", path);

  describe(`SignalSource: ${source} senders`, () => {
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
