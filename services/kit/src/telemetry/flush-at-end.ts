import { subscribe } from "node:diagnostics_channel";
import { SERVICE_CLOSED } from "../service-closed.ts";

/** How long the last batch may take. With the collector away the SDK alone would try for 7 to 10 s. */
const flushDeadlineMs = 3_000;

/**
 * Sends what is still held when the process ends: when runService has closed everything, when the event loop is empty,
 * or on SIGTERM and SIGINT where nobody else handles them. Never later than the deadline: an exporter that still tries
 * then is ended with the process, as the signal asked.
 */
export function flushAtEnd(shutdown: () => Promise<void>): void {
  let flushing: Promise<void> | undefined;
  const flush = (): Promise<void> => {
    flushing ??= flushWithin(shutdown);
    return flushing;
  };
  let askedBy: NodeJS.Signals | undefined;
  const flushAndEnd = async (): Promise<void> => {
    await flush();
    // By now the process has ended by itself, unless retries of an exporter hold it for seconds more.
    const signal = askedBy;
    if (signal !== undefined) setTimeout(() => endBy(signal), 100).unref();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      askedBy ??= signal;
      if (process.listenerCount(signal) === 1) void flushAndEnd();
    });
  }
  subscribe(SERVICE_CLOSED, () => void flushAndEnd());
  process.once("beforeExit", () => void flush());
}

async function flushWithin(shutdown: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, flushDeadlineMs);
  });
  // A flush that fails has nobody left to tell; the end of the process must not fail with it.
  await Promise.race([shutdown().catch(() => {}), late]);
  clearTimeout(timer);
}

/** Ends the process as the signal does by default. */
function endBy(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
