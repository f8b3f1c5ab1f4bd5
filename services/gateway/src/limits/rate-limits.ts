import type { RedisConnection } from "@kontor/kit/cache/open-redis";
import { AppError } from "@kontor/kit/errors";
import type { Response } from "express";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";

/** A Redis that did not answer is left alone for so long: a request must not wait for it again and again. */
const LEAVE_ALONE_MS = 1_000;

export type RateLimit = {
  /** 0 switches the limit off. */
  requests: number;
  windowSeconds: number;
};

/**
 * Counts the request for its key and tells the client what is left, as the IETF draft of the RateLimit header fields has it.
 *
 * @param name of the policy, shown to the client
 * @throws AppError `gateway.rate_limited` with Retry-After
 */
export type Limiter = (key: string, res: Response) => Promise<void>;

/**
 * A fixed window for each key. All gateways count together in Redis; without one, and while it is away, each counts for
 * itself in its memory: with N gateways a client then gets N times as much.
 */
export function createLimiter(name: string, limit: RateLimit, redis?: RedisConnection["client"]): Limiter {
  if (limit.requests === 0) return async () => {};
  const consume = createCounter(name, limit, redis);
  const policy = `"${name}";q=${limit.requests};w=${limit.windowSeconds}`;
  const tell = (res: Response, state: RateLimiterRes): number => {
    const seconds = Math.ceil(state.msBeforeNext / 1_000);
    res.setHeader("RateLimit-Policy", policy);
    res.setHeader("RateLimit", `"${name}";r=${Math.max(0, state.remainingPoints)};t=${seconds}`);
    return seconds;
  };
  return async (key, res) => {
    try {
      tell(res, await consume(key));
    } catch (state) {
      if (!(state instanceof RateLimiterRes)) throw state;
      const message = `More than ${limit.requests} requests in ${limit.windowSeconds} s.`;
      throw new AppError("tooManyRequests", "gateway.rate_limited", message, {
        retryAfterSeconds: tell(res, state),
        details: { policy: name },
      });
    }
  };
}

/** Counts in Redis, or in memory. Rejects with the state when the key has had enough. */
function createCounter(
  name: string,
  limit: RateLimit,
  redis: RedisConnection["client"] | undefined,
): (key: string) => Promise<RateLimiterRes> {
  const options = { points: limit.requests, duration: limit.windowSeconds };
  const own = new RateLimiterMemory(options);
  if (redis === undefined) return (key) => own.consume(key);
  const shared = new RateLimiterRedis({ ...options, storeClient: redis, keyPrefix: `gateway:limit:${name}` });
  let awayUntilMs = 0;
  return async (key) => {
    if (performance.now() < awayUntilMs) return own.consume(key);
    try {
      return await shared.consume(key);
    } catch (error) {
      if (error instanceof RateLimiterRes) throw error;
      awayUntilMs = performance.now() + LEAVE_ALONE_MS;
      return own.consume(key);
    }
  };
}
