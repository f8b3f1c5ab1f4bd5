/**
 * When a process that ended is started again.
 *
 * @param limit restarts in a row without `stableMs` of running between them; after that it stays down
 * @param startLimit the same for a process that was never up: it was probably given something it cannot use
 */
export type RestartPolicy = {
  firstDelayMs: number;
  maxDelayMs: number;
  limit: number;
  startLimit: number;
  stableMs: number;
};

/** About 40 s of trying. The first restart comes at once: a killed process is missed for a second, not for ten. */
export const defaultRestartPolicy: RestartPolicy = {
  firstDelayMs: 100,
  maxDelayMs: 10_000,
  limit: 10,
  startLimit: 2,
  stableMs: 30_000,
};

/**
 * @param inARow restarts since the process last ran for `stableMs`
 * @param wasUp whether it ever did its work
 * @returns the wait before the next start, or undefined when the limit is reached
 */
export function nextDelayMs(policy: RestartPolicy, inARow: number, wasUp: boolean): number | undefined {
  if (inARow >= (wasUp ? policy.limit : policy.startLimit)) return undefined;
  return Math.min(policy.firstDelayMs * 2 ** inARow, policy.maxDelayMs);
}
