/**
 * Counts in how many traces a key was sighted within a sliding window. Bounded: the key sighted longest ago gives way.
 * Time is an argument.
 */
export interface OccurrenceWindow {
  /**
   * Sightings within `(atMs - withinMs, atMs]`, those of `exceptTraceId` left out.
   *
   * @param withinMs what is older than the window may be forgotten already
   */
  count(key: string, atMs: number, exceptTraceId: string, withinMs: number): number;
  /** A trace counts once for a key, however often it is diagnosed. */
  add(key: string, traceId: string, atMs: number): void;
}

/** More sightings of one key are not counted: the floor asked for is far below. */
const sightingsMax = 64;

export function createOccurrenceWindow(options: {
  readonly windowMs: () => number;
  readonly keysMax: number;
}): OccurrenceWindow {
  const seen = new Map<string, { traceId: string; atMs: number }[]>();
  return {
    count(key, atMs, exceptTraceId, withinMs) {
      const since = atMs - withinMs;
      return (seen.get(key) ?? []).filter(
        (one) => one.atMs > since && one.atMs <= atMs && one.traceId !== exceptTraceId,
      ).length;
    },
    add(key, traceId, atMs) {
      const since = atMs - options.windowMs();
      const kept = (seen.get(key) ?? []).filter((one) => one.atMs > since && one.traceId !== traceId);
      // Put at the end again: a Map keeps the order in which keys were set.
      seen.delete(key);
      seen.set(key, [...kept, { traceId, atMs }].slice(-sightingsMax));
      if (seen.size > options.keysMax) for (const oldest of seen.keys()) return void seen.delete(oldest);
    },
  };
}
