import { join } from "node:path";

/**
 * Flags of Node for a process that is an observer and nothing else. On a large machine V8 lets the young generation grow to 130 MB
 * before it collects; under load the observer would fill it.
 */
export const observerFlags: readonly string[] = ["--max-semi-space-size=8"];

/**
 * Environment of such a process: its threads share one pool of memory, and what is free at its end goes back to the system. With a pool
 * for each thread, as the C library has it otherwise, each keeps what it once needed.
 *
 * @source mallopt(3); other systems than Linux with glibc pass it over
 */
export const observerMemory: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
};

/**
 * Where Node keeps what it compiled, from the second start on: each thread then does without the parser of TypeScript, which takes 15
 * MB and most of the time of a start.
 *
 * @param repository whose `node_modules` holds it, so that it goes with them
 */
export function toCompileCache(repository: string): { readonly NODE_COMPILE_CACHE: string } {
  return { NODE_COMPILE_CACHE: join(repository, "node_modules/.cache/node-compile") };
}

/**
 * Lets DuckDB give memory back half a second after it is free, by one pool for all threads; without it twice of what it uses lies
 * around. Its allocator reads it once, when it is loaded.
 *
 * @param environment of this process itself, not a copy; what a person has set there stays
 * @source jemalloc(3), TUNING; DuckDB's build of it has a prefix of its own
 */
export function returnMemoryEarly(environment: Record<string, string | undefined>): void {
  environment.DUCKDB_JE_MALLOC_CONF ??= "narenas:1,dirty_decay_ms:500,muzzy_decay_ms:0";
}
