import { setTimeout as sleep } from "node:timers/promises";

export type OpenLoopOptions = {
  perSecond: number;
  durationSeconds: number;
  /** What may run at the same time; arrivals beyond it are counted as dropped. Bounds our own memory, not the load. */
  maxInFlight: number;
  signal?: AbortSignal | undefined;
  /**
   * One arrival.
   *
   * @param dueAtMs when it was due on the clock of `performance.now()`; measured from there, no wait is hidden
   */
  arrive(dueAtMs: number): Promise<void>;
};

/**
 * Starts arrivals at a steady rate whether or not earlier ones have ended: a stall of the other side makes later
 * arrivals wait, and that wait is measured. Ends when all that began have ended.
 *
 * @returns what was begun and what was dropped
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<{ begun: number; dropped: number }> {
  const { perSecond, durationSeconds, maxInFlight, signal } = options;
  const total = Math.floor(perSecond * durationSeconds);
  const startedAtMs = performance.now();
  const running = new Set<Promise<void>>();
  let dropped = 0;
  let next = 0;
  while (next < total && !signal?.aborted) {
    const nowMs = performance.now();
    for (; next < total && dueAt(next) <= nowMs; next += 1) {
      if (running.size >= maxInFlight) {
        dropped += 1;
        continue;
      }
      const one = options.arrive(dueAt(next)).finally(() => running.delete(one));
      running.add(one);
    }
    if (next < total)
      await sleep(Math.max(1, dueAt(next) - performance.now()), undefined, { signal }).catch(() => {});
  }
  await Promise.all(running);
  return { begun: next - dropped, dropped };

  function dueAt(index: number): number {
    return startedAtMs + (index * 1_000) / perSecond;
  }
}
