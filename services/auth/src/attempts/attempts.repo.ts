import { createHash } from "node:crypto";
import type { Queryable } from "@kontor/kit/postgres";

export type AttemptLimits = {
  /** So many failures in a row lock the address. */
  failuresMax: number;
  /** First lock; every further failure after it doubles it. */
  lockSeconds: number;
  lockSecondsMax: number;
  /** After so long without an attempt the count begins anew; longer than the longest lock. */
  forgetSeconds: number;
};

export const attemptLimits: AttemptLimits = {
  failuresMax: 5,
  lockSeconds: 30,
  lockSecondsMax: 900,
  forgetSeconds: 3_600,
};

/**
 * Counts an attempt as a failure before it is made, so that guesses at the same time cannot slip past the limit;
 * `forgetAttempts` takes it back when it succeeds. Existing and unknown addresses are treated alike.
 *
 * @returns seconds until the next attempt is allowed; 0 when this one is
 */
export async function countAttempt(db: Queryable, email: string, limits: AttemptLimits): Promise<number> {
  const { rows } = await db.query<{ seconds: number }>({
    name: "attempts.count",
    text: `insert into auth.login_attempts as a (email_hash, failures, attempted_at) values ($1, 1, now())
           on conflict (email_hash) do update set
             failures = case
               when a.locked_until > now() then a.failures
               when a.attempted_at < now() - $5 * interval '1 second' then 1
               else a.failures + 1 end,
             attempted_at = case when a.locked_until > now() then a.attempted_at else now() end,
             locked_until = case
               when a.locked_until > now() then a.locked_until
               when a.attempted_at >= now() - $5 * interval '1 second' and a.failures + 1 >= $2
                 then now() + least($4, $3 * 2 ^ least(a.failures + 1 - $2, 20)) * interval '1 second' end
           returning greatest(0, extract(epoch from old.locked_until - now()))::float8 as seconds`,
    values: [
      hashEmail(email),
      limits.failuresMax,
      limits.lockSeconds,
      limits.lockSecondsMax,
      limits.forgetSeconds,
    ],
  });
  return rows[0]?.seconds ?? 0;
}

/** After a success. */
export async function forgetAttempts(db: Queryable, email: string): Promise<void> {
  await db.query({
    name: "attempts.forget",
    text: "delete from auth.login_attempts where email_hash = $1",
    values: [hashEmail(email)],
  });
}

/** Counts that no longer count. */
export async function deleteOldAttempts(db: Queryable, limits: AttemptLimits): Promise<void> {
  await db.query({
    name: "attempts.delete_old",
    text: "delete from auth.login_attempts where attempted_at < now() - $1 * interval '1 second'",
    values: [limits.forgetSeconds + limits.lockSecondsMax],
  });
}

function hashEmail(email: string): Buffer {
  return createHash("sha256").update(email).digest();
}
