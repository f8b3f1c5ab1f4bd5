import { setTimeout as sleep } from "node:timers/promises";

export type Seen<T> = { seen: T; seconds: number };

const lookEveryMs = 250;

/** Looks until something is seen, the time is over, or the signal says that nobody waits any more. */
export async function untilSeen<T>(
  withinSeconds: number,
  look: () => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<Seen<T> | undefined> {
  const startedMs = performance.now();
  for (;;) {
    const seen = await look();
    const seconds = (performance.now() - startedMs) / 1_000;
    if (seen !== undefined) return { seen, seconds };
    if (seconds > withinSeconds || signal.aborted) return undefined;
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
  }
}
