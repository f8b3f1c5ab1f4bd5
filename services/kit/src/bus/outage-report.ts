import type { Logger } from "../logger.ts";

/** One line when the bus goes away and not one per attempt: at most one a minute. */
export function createOutageReport(logger: Pick<Logger, "warn">): (error: unknown) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < 60_000) return;
    lastMs = nowMs;
    logger.warn({ err: error }, "the bus has trouble; it connects again by itself");
  };
}
