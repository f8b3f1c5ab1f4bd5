import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RollupBatch } from "../../src/store/rollups/rollup-row.ts";
import { startRollups } from "../../src/store/rollups/start-rollups.ts";
import { openTestStore } from "./open-test-store.ts";
import { openTemporaryFolder, resourceOf } from "./records.ts";
import { gauge, histogram, ms, openWindows, request, route } from "./window-fixture.ts";

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

function windowsWithTraffic() {
  const windows = openWindows();
  for (let at = 1; at <= 130; at++) {
    windows.add(histogram(times(at * 2, 0.02), { at }));
    windows.add(
      histogram(times(at, 0.3), { at, attributes: { ...route, "http.response.status_code": 500 } }),
    );
    windows.add(gauge("process.memory.usage", at * 1e6, { at }));
    windows.addSpans(request(at, 0.02), request(at, 0.05, { resource: resourceOf({ service: "traced" }) }));
  }
  return windows;
}

describe("rolling a minute up", () => {
  it("keeps what can be added up again: counts, durations and buckets, from metrics or spans, never both", () => {
    const rows = windowsWithTraffic().source.rollUp(ms(120));
    const events = rows.filter(({ name }) => name === "serverRequests");
    expect(events.map(({ service, route: of, count, failed }) => ({ service, of, count, failed }))).toEqual([
      { service: "shop", of: "GET /orders", count: 180, failed: 60 },
      { service: "traced", of: "GET /orders", count: 60, failed: 0 },
    ]);
    const [shop] = events;
    expect(shop?.minuteMs).toBe(ms(120));
    expect(shop?.sumMs).toBeCloseTo(60 * (2 * 20 + 300), 6);
    expect(shop?.counts.reduce((sum, count) => sum + count, 0)).toBe(180);
    expect(shop?.counts[shop.bounds.indexOf(500)]).toBe(60);
    expect(rows.find(({ name }) => name === "memoryMb")).toMatchObject({
      service: "shop",
      value: 120,
      count: 60,
    });
  });
});

describe("rollups", () => {
  it("are made once per minute, made up for after a start, and tried again after a failure", async () => {
    const { source } = windowsWithTraffic();
    const written: number[] = [];
    const errors: unknown[] = [];
    let isFull = true;
    const journal = {
      async append({ rows }: RollupBatch): Promise<void> {
        if (isFull) throw new Error("no space");
        written.push(rows[0]?.minuteMs ?? 0);
      },
    };
    using _rollups = startRollups({
      ...{ source, journal, lastMinuteMs: 0, filledSinceMs: ms(0), nowMs: () => ms(140), intervalMs: 5 },
      onError: (error) => errors.push(error),
    });
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    isFull = false;
    await expect.poll(() => written).toEqual([ms(60), ms(120)]);
  });

  // Red when: rollups go with the segments they were written in, or are read twice while a segment is being closed.
  it("are read over open and closed segments and outlive both", async () => {
    await using folder = await openTemporaryFolder();
    const { source } = windowsWithTraffic();
    // Files are named by the hour of their writing, so these minutes have to be of now.
    const shiftMs = Math.floor(Date.now() / 60_000) * 60_000 - ms(240);
    const rolledUp = (minute: number) =>
      source.rollUp(ms(minute)).map((row) => ({ ...row, minuteMs: row.minuteMs + shiftMs }));
    await using store = await openTestStore(folder.path, { retention: { maxAgeMs: 0 } });
    for (const minute of [60, 120]) {
      await store.journal.append({ kind: "rollups", receivedAtMs: ms(minute), rows: rolledUp(minute) });
      await store.caughtUp();
      if (minute === 60) await store.closeSegment();
    }
    const all = { fromMs: ms(0) + shiftMs, toMs: ms(500) + shiftMs };
    expect(await store.readRollups(all)).toHaveLength(rolledUp(60).length + rolledUp(120).length);
    const wanted = { name: "serverRequests", service: "shop", route: "GET /orders" };
    const [first, ...others] = await store.readRollups({ ...all, ...wanted });
    expect(first).toEqual(
      rolledUp(60).find(({ name, service }) => name === wanted.name && service === "shop"),
    );
    expect(others).toHaveLength(1);
    expect(await store.readRollups({ fromMs: ms(60) + shiftMs, toMs: ms(119) + shiftMs })).toEqual([]);
    expect(await store.lastRollupMs()).toBe(ms(120) + shiftMs);
    await store.housekeep();
    expect(await readdir(join(folder.path, "rollups"))).toHaveLength(1);
    expect(await store.readRollups({ ...all, name: "memoryMb" })).toHaveLength(2);
  });
});
