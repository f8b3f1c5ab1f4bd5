import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startTickLoop } from "../../src/engine/tick-loop.ts";

describe("the tick loop", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 10_250 }));
  afterEach(() => void vi.useRealTimers());

  // Red when: `next` is counted from the end of the last tick instead of from the clock.
  it("ticks on whole multiples of the interval", async () => {
    const times: number[] = [];
    const loop = startTickLoop({
      intervalMs: 1_000,
      tick: async (atMs) => void times.push(atMs),
      onError: () => {},
      nowMs: Date.now,
    });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(times).toEqual([11_000, 12_000, 13_000]);
    expect(loop.lastTickAtMs).toBe(13_000);
    await loop[Symbol.asyncDispose]();
  });

  // Red when: `schedule` is called before the tick has ended.
  it("never runs two ticks at a time, and counts those left out", async () => {
    const slow = Promise.withResolvers<void>();
    let running = 0;
    let mostAtOnce = 0;
    const loop = startTickLoop({
      intervalMs: 1_000,
      tick: async (atMs) => {
        running += 1;
        mostAtOnce = Math.max(mostAtOnce, running);
        if (atMs === 11_000) await slow.promise;
        running -= 1;
      },
      onError: () => {},
      nowMs: Date.now,
    });
    await vi.advanceTimersByTimeAsync(3_500);
    slow.resolve();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(mostAtOnce).toBe(1);
    expect(loop.missedCount).toBe(2);
    await loop[Symbol.asyncDispose]();
  });

  // Red when: `run` lets the error out of the loop.
  it("goes on after a tick that throws, and says so", async () => {
    const errors: unknown[] = [];
    let count = 0;
    const loop = startTickLoop({
      intervalMs: 1_000,
      tick: async () => {
        count += 1;
        if (count === 1) throw new Error("once");
      },
      onError: (error) => errors.push(error),
      nowMs: Date.now,
    });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(errors).toHaveLength(1);
    expect(count).toBe(2);
    await loop[Symbol.asyncDispose]();
  });
});
