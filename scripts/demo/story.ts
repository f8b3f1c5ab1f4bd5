import { setTimeout as sleep } from "node:timers/promises";

/** Something that is to become visible from outside. */
export type Chapter = {
  name: string;
  deadlineSeconds: number;
  /** Looks once, over public HTTP. @returns what was seen, in words; undefined while it is not there */
  look(): Promise<string | undefined>;
};

export type Told = { name: string; seconds: number; seen: string | undefined };

const lookEveryMs = 100;

/**
 * Looks until it is seen or the deadline is over.
 *
 * @param sinceMs start of the measured time on the clock of `performance.now()`
 */
export async function tell(chapter: Chapter, sinceMs: number, signal?: AbortSignal): Promise<Told> {
  const { name, deadlineSeconds } = chapter;
  const deadlineMs = performance.now() + deadlineSeconds * 1_000;
  for (;;) {
    const seen = await chapter.look();
    const nowMs = performance.now();
    if (seen !== undefined || nowMs > deadlineMs || signal?.aborted) {
      return { name, seconds: (nowMs - sinceMs) / 1_000, seen };
    }
    await sleep(lookEveryMs);
  }
}
