import { describe, expect, it } from "vitest";
import type { SignalPath, SourceName } from "./open-signal-path.ts";
import { createSourceRun } from "./source-run.ts";
import { bounds, createTestService } from "./test-service.ts";

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

/**
 * How every SignalSource counts in windows. What goes in goes in as OTLP through the collector. Where a source differs, the test says so
 * by the id of its row in the table of differences.
 */
export function describeCounting(source: SourceName, path: () => SignalPath): void {
  const { differs, at, open, run, list, read } = createSourceRun(source, "counting", path);

  describe(`SignalSource: ${source} counting`, () => {
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
  });
}
