import { setTimeout as sleep } from "node:timers/promises";

/** Looks again and again until `look` gives something; fails with the last thing seen after the deadline. */
export async function eventually<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`not seen within ${deadlineMs} ms: ${look}`);
    await sleep(20);
  }
}
