import type { Logger } from "@kontor/kit/logger";

/** Runs the jobs now and then again and again, one at a time, until disposed. One that fails is logged and does not stop the others. */
export function startHousekeeping(
  jobs: readonly (() => Promise<void>)[],
  logger: Logger,
  options: { intervalMs: number },
): AsyncDisposable {
  let running: Promise<void> = Promise.resolve();
  const runAll = async (): Promise<void> => {
    for (const job of jobs) await job().catch((error) => logger.warn({ err: error }, "housekeeping failed"));
  };
  const tick = (): void => {
    running = running.then(runAll);
  };
  const timer = setInterval(tick, options.intervalMs);
  tick();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
