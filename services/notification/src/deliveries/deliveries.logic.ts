/** A mail is given up when it could not be sent for so long; mail servers do it after two to five days too. */
const GIVE_UP_AFTER_MS = 3 * 86_400_000;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export type Outcome = { state: "failed"; pauseMs: number } | { state: "dead" };

/** What a mail server, or the way to it, answered. */
export type SendFailure = {
  /** Whether the trouble is this mail or its receiver, and not the connection or the login. */
  isAboutMail: boolean;
  /** SMTP status, undefined when the server was not asked or did not answer. */
  status: number | undefined;
};

/**
 * What becomes of a mail that could not be sent. A final refusal (5xx) of the mail or its receiver is the end; whatever
 * else goes wrong is tried again with doubled pauses up to half a minute, for three days.
 *
 * @param attempt that failed, from 1
 * @param ageMs of the mail
 * @param jitter 0..1; spreads those that failed together
 */
export function decideOutcome(failure: SendFailure, attempt: number, ageMs: number, jitter: number): Outcome {
  // No status: the address is none, and the server was not even asked.
  if (failure.isAboutMail && (failure.status === undefined || failure.status >= 500))
    return { state: "dead" };
  if (ageMs >= GIVE_UP_AFTER_MS) return { state: "dead" };
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 16), LONGEST_PAUSE_MS);
  return { state: "failed", pauseMs: Math.round(pauseMs * (0.75 + 0.25 * jitter)) };
}
