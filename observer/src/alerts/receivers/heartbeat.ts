import type { Logger } from "@kontor/kit/logger";

export interface HeartbeatOptions {
  readonly url: string;
  /** Default POST; GET for services that only count visits. */
  readonly method?: "GET" | "POST";
  readonly intervalMs: number;
  /** Ms since the epoch of the last finished tick; undefined before the first. */
  readonly lastTickAtMs: () => number | undefined;
  readonly nowMs: () => number;
  /** Age of the last tick beyond which no beat is sent; default 15 s. */
  readonly tickAgeMsMax?: number;
  readonly logger: Pick<Logger, "warn" | "info">;
}

/** How long the outsider may take to answer. */
const BEAT_MS_MAX = 5_000;

/**
 * Tells an outsider that the observer lives and decides. A beat that is missing is the message: a process that runs but does not tick
 * sends none.
 */
export function startHeartbeat(options: HeartbeatOptions): AsyncDisposable {
  const { url, logger, nowMs } = options;
  // The rest of the address may be a secret.
  const { host } = new URL(url);
  const tickAgeMsMax = options.tickAgeMsMax ?? 15_000;
  const stop = new AbortController();
  let isFailing = false;
  let isBeating = false;
  let beating: Promise<void> = Promise.resolve();

  const report = (error: unknown): void => {
    if (error === undefined && isFailing) logger.info({ host }, "heartbeats arrive again");
    if (error !== undefined && !isFailing) logger.warn({ host, error }, "the heartbeat cannot be sent");
    isFailing = error !== undefined;
  };
  const beat = async (): Promise<void> => {
    const lastTickAtMs = options.lastTickAtMs();
    if (lastTickAtMs === undefined || Math.abs(nowMs() - lastTickAtMs) > tickAgeMsMax) return;
    const method = options.method ?? "POST";
    const body = JSON.stringify({ status: "alive", lastTickAt: new Date(lastTickAtMs).toISOString() });
    try {
      const response = await fetch(url, {
        method,
        ...(method === "POST" ? { body, headers: { "content-type": "application/json" } } : {}),
        redirect: "manual",
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(BEAT_MS_MAX)]),
      });
      await response.body?.cancel();
      report(response.ok ? undefined : new Error(`answered ${response.status}`));
    } catch (error) {
      if (!stop.signal.aborted) report(error);
    }
  };
  const timer = setInterval(() => {
    if (isBeating) return;
    isBeating = true;
    beating = beat().finally(() => {
      isBeating = false;
    });
  }, options.intervalMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      stop.abort();
      await beating;
    },
  };
}
