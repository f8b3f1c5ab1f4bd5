import type { Cache } from "@kontor/kit/cache/cache";
import { AppError } from "@kontor/kit/errors";
import type { Authenticate } from "@kontor/kit/http/authenticate";

/** How long an ended session may pass where Redis was away, or is not shared, when it was ended. */
const TRUSTED_SECONDS = 30;

export type SessionCheck = {
  /** Refuses tokens of sessions that have been ended, though they are not expired yet. */
  guard(authenticate: Authenticate): Authenticate;
  /** To be called when sessions of the account were ended. */
  ended(accountId: string): Promise<void>;
};

/** @param isAlive asked when the cache does not know */
export function createSessionCheck(
  cache: Cache,
  isAlive: (sessionId: string) => Promise<boolean>,
): SessionCheck {
  const toTag = (accountId: string): string => `account:${accountId}`;
  return {
    guard: (authenticate) => async (req) => {
      const caller = await authenticate(req);
      const { sessionId, userId } = caller;
      if (sessionId === undefined) return caller;
      const options = { ttlSeconds: TRUSTED_SECONDS, tags: [toTag(userId)] };
      if (await cache.read(`session:${sessionId}`, options, () => isAlive(sessionId))) return caller;
      const message = "The session of this token has been ended. Log in again.";
      throw new AppError("unauthenticated", "auth.session_ended", message);
    },
    ended: (accountId) => cache.forget([toTag(accountId)]),
  };
}
