import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** A demonstration must not take the machine down with it: about this much is kept, and nothing after it. */
const LEAKED_BYTES_MAX = 512 * 1024 * 1024;

/** How much heap a character of JSON takes once parsed, with its text beside it. Measured on pages of orders. */
const HEAP_BYTES_PER_CHARACTER = 5;

export type LeakyCache = {
  /** How many answers are kept just now. */
  readonly count: number;
  keep(answer: unknown): void;
  /** Lets everything go, and the memory with it: left alone, V8 may hold on to it for minutes. */
  clear(): void;
};

/**
 * FAULT memory-leak: keeps every answer under a key that never comes again, the id of its request. Nothing is ever
 * found in it and nothing ever leaves it, as in a cache that somebody forgot to bound.
 */
export function createLeakyCache(leakedBytesMax = LEAKED_BYTES_MAX): LeakyCache {
  const answers = new Map<string, { answer: unknown; text: string }>();
  let keptBytes = 0;
  return {
    get count() {
      return answers.size;
    },
    keep(answer) {
      const text = JSON.stringify(answer);
      keptBytes += text.length * HEAP_BYTES_PER_CHARACTER;
      if (keptBytes <= leakedBytesMax) answers.set(crypto.randomUUID(), { answer, text });
    },
    clear() {
      if (answers.size === 0) return;
      answers.clear();
      keptBytes = 0;
      collectGarbage();
    },
  };
}

/** The collector is exposed for contexts made from now on only: no other code of the process can call it. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}
