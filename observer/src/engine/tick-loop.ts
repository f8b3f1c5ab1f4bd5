export interface TickLoopOptions {
  readonly intervalMs: number;
  /** Given the time of the tick, a whole multiple of the interval. */
  readonly tick: (atMs: number) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly nowMs: () => number;
}

export interface TickLoop extends AsyncDisposable {
  /** Time of the last tick that ended, ms since the epoch; undefined before the first. */
  readonly lastTickAtMs: number | undefined;
  /** Ticks left out because the one before took too long. */
  readonly missedCount: number;
}

/** Calls `tick` on every multiple of the interval; never two at a time. A tick that throws is reported and the next one comes. */
export function startTickLoop(options: TickLoopOptions): TickLoop {
  const { intervalMs, nowMs } = options;
  let lastTickAtMs: number | undefined;
  let missedCount = 0;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const run = async (atMs: number): Promise<void> => {
    try {
      await options.tick(atMs);
      lastTickAtMs = atMs;
    } catch (error) {
      options.onError(error);
    }
    schedule(atMs);
  };
  const schedule = (previousMs: number): void => {
    if (isStopped) return;
    const now = nowMs();
    const nextMs = (Math.floor(now / intervalMs) + 1) * intervalMs;
    // A clock that was set back or far ahead is not a missed tick.
    const skipped = Math.round((nextMs - previousMs) / intervalMs) - 1;
    if (skipped > 0 && skipped < 60) missedCount += skipped;
    timer = setTimeout(() => {
      running = run(nextMs);
    }, nextMs - now);
  };
  schedule(Math.floor(nowMs() / intervalMs) * intervalMs);
  return {
    get lastTickAtMs() {
      return lastTickAtMs;
    },
    get missedCount() {
      return missedCount;
    },
    async [Symbol.asyncDispose]() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
