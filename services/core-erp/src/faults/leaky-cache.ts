import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** A demonstration must not take the machine down with it: about this much is kept, and nothing after it. */
const LEAKED_BYTES_MAX = 512 * 1024 * 1024;

/** Room for the largest answer there may be. */
const ENTRY_BYTES = 1024 * 1024;

export type LeakyCache = {
  /** How many answers are kept just now. */
  readonly count: number;
  keep(answer: unknown): void;
  /** Lets everything go, and the memory with it, as a restart would. */
  clear(): void;
};

/**
 * FAULT memory-leak: keeps every answer, ready to be sent again, under a key that never comes again, the id of its
 * request. Nothing is ever found in it and nothing ever leaves it, as in a cache that somebody forgot to bound.
 */
export function createLeakyCache(leakedBytesMax = LEAKED_BYTES_MAX): LeakyCache {
  const answers = new Map<string, Buffer>();
  return {
    get count() {
      return answers.size;
    },
    keep(answer) {
      if ((answers.size + 1) * ENTRY_BYTES > leakedBytesMax) return;
      // Written to the end: a page that nobody writes to takes no memory.
      answers.set(crypto.randomUUID(), Buffer.alloc(ENTRY_BYTES, JSON.stringify(answer)));
    },
    clear() {
      if (answers.size === 0) return;
      answers.clear();
      collectGarbage();
    },
  };
}

/** Left alone, V8 may keep dead buffers for minutes. What it exposes is there for contexts made from now on only. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}
