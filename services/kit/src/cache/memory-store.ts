import type { CacheStore } from "./cache.ts";

/**
 * A store in the memory of this process.
 *
 * @param options.entriesMax the oldest give way beyond it; default 10,000
 * @param options.now epoch milliseconds
 */
export function createMemoryStore(options: { entriesMax?: number; now?: () => number } = {}): CacheStore {
  const entriesMax = options.entriesMax ?? 10_000;
  const now = options.now ?? Date.now;
  const entries = new Map<string, { text: string; untilMs: number }>();
  const find = (key: string): string | null => {
    const entry = entries.get(key);
    if (entry === undefined) return null;
    if (entry.untilMs > now()) return entry.text;
    entries.delete(key);
    return null;
  };
  return {
    read: async (keys) => keys.map(find),
    async write(written, ttlSeconds) {
      for (const { key, text } of written) {
        // Deleted first, so that it counts as the youngest.
        entries.delete(key);
        entries.set(key, { text, untilMs: now() + ttlSeconds * 1_000 });
      }
      for (const oldest of entries.keys()) {
        if (entries.size <= entriesMax) break;
        entries.delete(oldest);
      }
    },
    async [Symbol.asyncDispose]() {
      entries.clear();
    },
  };
}
