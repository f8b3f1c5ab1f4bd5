import { createSelfMetrics } from "@kontor/observer/engine/self-metrics";
import { toResourceRecord } from "@kontor/observer/ingest/sender-registry";
import type { SignalName } from "@kontor/observer/signals/catalogue";
import { createStreamSource } from "@kontor/observer/store/windows/stream-source";
import { expect, it } from "vitest";

const startMs = 1_800_000_000_000;

/** Makes garbage, so that there is something to collect. */
function litter(): number {
  let length = 0;
  for (let round = 0; round < 60; round += 1)
    length += Array.from({ length: 20_000 }, (_, at) => ({ at, round })).length;
  return length;
}

// Red when: a measurement has another name than the signal reads, or a pool is measured without its name.
it("every signal that a shipped limit reads of a process and its pool has data of the observer itself", async () => {
  const source = createStreamSource();
  const resource = toResourceRecord({ "service.name": "observer" });
  const pool = { totalCount: 5, idleCount: 2, waitingCount: 4, options: { max: 10 } };
  using metrics = createSelfMetrics(resource, startMs, pool);
  for (let second = 1; second <= 20; second += 1) {
    litter();
    // The thread hears of its collections between two turns.
    await new Promise((resolve) => setImmediate(resolve));
    source.add(metrics.measure(startMs + second * 1_000));
  }
  const read = (signal: SignalName) => [...source.read(signal, 15, startMs + 20_000).values()][0]?.value;
  expect(read("databasePoolRatio")).toBeCloseTo(0.3);
  expect(read("databasePoolPending")).toBe(4);
  expect(read("gcTimeRatio")).toBeGreaterThan(0);
  expect(read("heapUsedMb")).toBeGreaterThan(1);
  expect(read("eventLoopUtilization")).toBeGreaterThanOrEqual(0);
  for (const signal of ["cpuRatio", "memoryMb", "eventLoopDelayP99"] as const)
    expect(read(signal), signal).toBeDefined();
});
