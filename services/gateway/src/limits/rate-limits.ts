import { AppError } from "@kontor/kit/errors";
import type { Response } from "express";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

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

/** A fixed window for each key, in the memory of this process: with N gateways a client gets N times as much. */
export function createLimiter(name: string, limit: RateLimit): Limiter {
  if (limit.requests === 0) return async () => {};
  const limiter = new RateLimiterMemory({ points: limit.requests, duration: limit.windowSeconds });
  const policy = `"${name}";q=${limit.requests};w=${limit.windowSeconds}`;
  const tell = (res: Response, state: RateLimiterRes): number => {
    const seconds = Math.ceil(state.msBeforeNext / 1_000);
    res.setHeader("RateLimit-Policy", policy);
    res.setHeader("RateLimit", `"${name}";r=${Math.max(0, state.remainingPoints)};t=${seconds}`);
    return seconds;
  };
  return async (key, res) => {
    try {
      tell(res, await limiter.consume(key));
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
