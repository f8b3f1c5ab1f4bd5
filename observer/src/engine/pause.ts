import { setTimeout } from "node:timers/promises";

/** Waits, or returns at once when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Rejects when aborted, which the caller sees by the signal.
  await setTimeout(ms, undefined, { signal }).catch(() => {});
}
