import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Cache } from "../../src/cache/cache.ts";

export type CacheFixture = AsyncDisposable & {
  /** The cache as one more process has it, where the store can be shared; else the same one. */
  connect(name: string): Promise<Cache>;
  /** Lets so much time go by for the store. */
  pass(ms: number): Promise<void>;
};

const options = { ttlSeconds: 60, tags: ["all"] };

/** A source that counts how often it is asked. */
function createSource<T>(...answers: T[]) {
  const source = {
    asked: 0,
    load: async (): Promise<T> => {
      const answer = answers[Math.min(source.asked, answers.length - 1)];
      source.asked += 1;
      return answer as T;
    },
  };
  return source;
}

/** The behaviour every Cache owes its callers. */
export function describeCache(name: string, open: () => Promise<CacheFixture>): void {
  describe(`Cache: ${name}`, () => {
    it("finds a value once, whatever it is, and keeps it", async () => {
      await using fixture = await open();
      await using cache = await fixture.connect(randomUUID());
      for (const value of [{ a: [1, "zwö", null] }, null, false, 0, ""]) {
        const source = createSource(value);
        const key = JSON.stringify(value);
        expect(await cache.read(key, options, source.load)).toEqual(value);
        expect(await cache.read(key, options, source.load)).toEqual(value);
        expect(source.asked).toBe(1);
      }
    });

    it("finds it again when its time is over", async () => {
      await using fixture = await open();
      await using cache = await fixture.connect(randomUUID());
      const source = createSource("old", "new");
      const short = { ttlSeconds: 0.5, tags: ["all"] };
      expect(await cache.read("key", short, source.load)).toBe("old");
      await fixture.pass(700);
      expect(await cache.read("key", short, source.load)).toBe("new");
    });

    it("forgets by tag, and only what has the tag", async () => {
      await using fixture = await open();
      await using cache = await fixture.connect(randomUUID());
      const [one, other] = [createSource("old", "new"), createSource("kept", "wrong")];
      const read = async () => [
        await cache.read("one", { ttlSeconds: 60, tags: ["account:1", "all"] }, one.load),
        await cache.read("other", { ttlSeconds: 60, tags: ["account:2"] }, other.load),
      ];
      expect(await read()).toEqual(["old", "kept"]);
      await cache.forget(["account:1"]);
      expect(await read()).toEqual(["new", "kept"]);
      await cache.forget(["nobody has this"]);
      expect(await read()).toEqual(["new", "kept"]);
    });

    it("forgets for every process at once", async () => {
      await using fixture = await open();
      const shared = randomUUID();
      await using here = await fixture.connect(shared);
      await using there = await fixture.connect(shared);
      const source = createSource("old", "new");
      expect(await here.read("key", options, source.load)).toBe("old");
      await there.forget(["all"]);
      expect(await here.read("key", options, source.load)).toBe("new");
    });

    it("keeps caches of different names apart", async () => {
      await using fixture = await open();
      await using one = await fixture.connect(randomUUID());
      await using other = await fixture.connect(randomUUID());
      expect(await one.read("key", options, async () => 1)).toBe(1);
      expect(await other.read("key", options, async () => 2)).toBe(2);
    });

    // Red when: the marks of the tags are read after the value was loaded.
    it("does not keep what was found before its tag was forgotten", async () => {
      await using fixture = await open();
      const shared = randomUUID();
      await using here = await fixture.connect(shared);
      await using there = await fixture.connect(shared);
      const late = Promise.withResolvers<string>();
      const begun = Promise.withResolvers<void>();
      const reading = here.read("key", options, () => {
        begun.resolve();
        return late.promise;
      });
      await begun.promise;
      await there.forget(["all"]);
      expect(await there.read("key", options, async () => "new")).toBe("new");
      late.resolve("old");
      expect(await reading).toBe("old");
      expect(await here.read("key", options, async () => "newer")).not.toBe("old");
    });

    // Red when: `forget` leaves what is being loaded to those who ask after it.
    it("does not give away what it began to find before its tag was forgotten", async () => {
      await using fixture = await open();
      await using cache = await fixture.connect(randomUUID());
      const late = Promise.withResolvers<string>();
      const reading = cache.read("key", options, () => late.promise);
      await cache.forget(["all"]);
      expect(await cache.read("key", options, async () => "new")).toBe("new");
      late.resolve("old");
      await reading;
    });

    it("lets callers at the same time share one search", async () => {
      await using fixture = await open();
      await using cache = await fixture.connect(randomUUID());
      const source = createSource("value");
      const all = Array.from({ length: 20 }, () => cache.read("key", options, source.load));
      expect(new Set(await Promise.all(all))).toEqual(new Set(["value"]));
      expect(source.asked).toBe(1);
    });

    it("passes a failure on and does not keep it", async () => {
      await using fixture = await open();
      await using cache = await fixture.connect(randomUUID());
      const failing = cache.read("key", options, async () => {
        throw new Error("the database is away");
      });
      await expect(failing).rejects.toThrow("the database is away");
      expect(await cache.read("key", options, async () => "value")).toBe("value");
    });

    it("answers a ping", async () => {
      await using fixture = await open();
      await using cache = await fixture.connect(randomUUID());
      await expect(cache.ping()).resolves.toBeUndefined();
    });
  });
}
