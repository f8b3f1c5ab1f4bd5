import { randomUUID } from "node:crypto";
import { metrics } from "@opentelemetry/api";
import { CACHE_NAME, CACHE_READS, CACHE_RESULT } from "../metric-names.ts";
import type { Cache, Cacheable, CacheEntryOptions, CacheStore } from "./cache.ts";

/** Marks of tags outlive every entry that was kept under an older mark. */
const TTL_SECONDS_MAX = 86_400;
const MARK_TTL_SECONDS = 2 * TTL_SECONDS_MAX;

/** What is kept under a key: the value, and the mark each of its tags had before it was loaded. */
type Entry = { value: Cacheable; marks: string[] };

/**
 * A cache over a store. A tag is forgotten by giving it a new mark: entries with the old one do not count any more, also
 * one that somebody writes later with a value found earlier.
 *
 * @param name tells caches of one store apart, in keys and in metrics: `auth`
 */
export function createCache(name: string, store: CacheStore): Cache {
  const reads = metrics.getMeter("@kontor/kit/cache").createCounter(CACHE_READS, {
    unit: "{read}",
    description: "Reads of a cache, by what came of them.",
  });
  const count = (result: "hit" | "miss" | "away"): void =>
    reads.add(1, { [CACHE_NAME]: name, [CACHE_RESULT]: result });
  const loading = new Map<string, Promise<Cacheable>>();
  /** Tags that could not be forgotten yet. */
  const owed = new Set<string>();

  // Braces keep all keys of a cache on one node of a Redis cluster, as reading several at once needs.
  const toKey = (key: string): string => `{${name}}:value:${key}`;
  const toMarkKey = (tag: string): string => `{${name}}:tag:${tag}`;

  const mark = async (tags: readonly string[]): Promise<string> => {
    const text = randomUUID();
    await store.write(
      tags.map((tag) => ({ key: toMarkKey(tag), text })),
      MARK_TTL_SECONDS,
    );
    return text;
  };
  /** Every tag gets a mark before the first value that has it: a store that is full may drop a mark at any time. */
  const completeMarks = async (tags: readonly string[], marks: (string | null)[]): Promise<string[]> => {
    const unmarked = tags.filter((_, index) => marks[index] === null);
    const text = unmarked.length === 0 ? "" : await mark(unmarked);
    return marks.map((each) => each ?? text);
  };
  const payDebt = async (): Promise<void> => {
    if (owed.size === 0) return;
    const tags = [...owed];
    owed.clear();
    await mark(tags).catch((error: unknown) => {
      for (const tag of tags) owed.add(tag);
      throw error;
    });
  };

  const readOrLoad = async (key: string, options: CacheEntryOptions, load: () => Promise<Cacheable>) => {
    let marks: string[];
    try {
      await payDebt();
      const [text = null, ...now] = await store.read([toKey(key), ...options.tags.map(toMarkKey)]);
      const entry = text === null ? undefined : (JSON.parse(text) as Entry);
      if (entry !== undefined && isSame(entry.marks, now)) {
        count("hit");
        return entry.value;
      }
      marks = await completeMarks(options.tags, now);
      count("miss");
    } catch {
      count("away");
      return load();
    }
    const value = await load();
    const text = JSON.stringify({ value, marks } satisfies Entry);
    const ttlSeconds = Math.min(options.ttlSeconds, TTL_SECONDS_MAX);
    await store.write([{ key: toKey(key), text }], ttlSeconds).catch(() => {});
    return value;
  };

  return {
    read<T extends Cacheable>(key: string, options: CacheEntryOptions, load: () => Promise<T>): Promise<T> {
      const underway = loading.get(key);
      if (underway !== undefined) return underway as Promise<T>;
      const found = readOrLoad(key, options, load).finally(() => {
        if (loading.get(key) === found) loading.delete(key);
      });
      loading.set(key, found);
      return found as Promise<T>;
    },
    async forget(tags) {
      for (const tag of tags) owed.add(tag);
      // Who asks from now on must not be given what somebody began to load before.
      loading.clear();
      await payDebt().catch(() => {});
    },
    async ping() {
      await store.read([toKey("ping")]);
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function isSame(before: readonly string[], now: readonly (string | null)[]): boolean {
  return before.length === now.length && before.every((text, index) => text === now[index]);
}
