import { expect, it } from "vitest";
import { createCache } from "../../src/cache/create-cache.ts";
import { createMemoryStore } from "../../src/cache/memory-store.ts";
import { describeCache } from "./describe-cache.ts";

describeCache("memory", async () => {
  let nowMs = 0;
  const store = createMemoryStore({ now: () => nowMs });
  return {
    connect: async (name) => createCache(name, { ...store, async [Symbol.asyncDispose]() {} }),
    async pass(ms) {
      nowMs += ms;
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
});

it("keeps no more than it may, the youngest", async () => {
  const store = createMemoryStore({ entriesMax: 3 });
  for (const key of ["a", "b", "c", "d"]) await store.write([{ key, text: key }], 60);
  expect(await store.read(["a", "b", "c", "d"])).toEqual([null, "b", "c", "d"]);
});

// Red when: an entry counts whose tag has no mark.
it("does not come back to a value whose tag the store has dropped", async () => {
  const texts = new Map<string, string>();
  const cache = createCache("test", {
    read: async (keys) => keys.map((key) => texts.get(key) ?? null),
    async write(entries) {
      for (const { key, text } of entries) texts.set(key, text);
    },
    async [Symbol.asyncDispose]() {},
  });
  const options = { ttlSeconds: 60, tags: ["all"] };
  await cache.read("key", options, async () => "old");
  await cache.forget(["all"]);
  texts.delete("{test}:tag:all");
  expect(await cache.read("key", options, async () => "new")).toBe("new");
});
