import { AppError } from "@kontor/kit/errors";
import type { Account } from "../accounts/accounts.logic.ts";

export const sessionLimits = {
  /** A refresh token not used for so long is dead. */
  idleSeconds: 7 * 86_400,
  /** After so long one has to log in again, however often one refreshed. */
  lifetimeSeconds: 30 * 86_400,
};

export type RefreshOutcome =
  | { kind: "rotated"; account: Account; sessionId: string }
  | { kind: "reused"; accountId: string }
  | { kind: "unknown" }
  | { kind: "expired" };

/** Told what happened; for the log. Ids only: no addresses, no tokens. */
export type SessionEvents = {
  loggedIn(accountId: string): void;
  loginFailed(accountId: string | undefined): void;
  refreshReused(): void;
};

export type SessionStore = {
  /** Seconds the address is still locked; 0 when the attempt is allowed, which is then counted as failed. */
  countAttempt(email: string): Promise<number>;
  forgetAttempts(email: string): Promise<void>;
  findAccountByEmail(email: string): Promise<Account | undefined>;
  /** @returns the id of the session */
  open(accountId: string, tokenHash: Buffer): Promise<string>;
  /** Uses the old token up and stores the new one. A token used before revokes its session. */
  rotate(oldHash: Buffer, newHash: Buffer): Promise<RefreshOutcome>;
  /** Unknown tokens are no error. */
  close(tokenHash: Buffer, everywhere: boolean): Promise<void>;
};

export type Tokens = {
  createRefreshToken(): { token: string; hash: Buffer };
  hashRefreshToken(token: string): Buffer;
  issueAccessToken(
    account: Account,
    sessionId: string,
  ): Promise<{ accessToken: string; expiresInSeconds: number }>;
};

/**
 * Every failure is the same to the caller: no such account, wrong password and deactivated account answer alike, after
 * one verification of a password each.
 *
 * @throws AppError `auth.login_failed`, `auth.too_many_attempts`
 */
export async function logIn(
  store: SessionStore,
  tokens: Tokens,
  events: SessionEvents,
  verifyPassword: (storedHash: string | undefined, password: string) => Promise<boolean>,
  credentials: { email: string; password: string },
) {
  const lockedSeconds = await store.countAttempt(credentials.email);
  if (lockedSeconds > 0) {
    const message = "Too many failed attempts for this address. Wait, then try again.";
    throw new AppError("tooManyRequests", "auth.too_many_attempts", message, {
      retryAfterSeconds: lockedSeconds,
    });
  }
  const account = await store.findAccountByEmail(credentials.email);
  const isRight = await verifyPassword(account?.passwordHash, credentials.password);
  if (account === undefined || !isRight || !account.isActive) {
    events.loginFailed(account?.id);
    throw new AppError("unauthenticated", "auth.login_failed", "Address or password is wrong.");
  }
  await store.forgetAttempts(credentials.email);
  const refresh = tokens.createRefreshToken();
  const sessionId = await store.open(account.id, refresh.hash);
  events.loggedIn(account.id);
  return toAnswer(refresh.token, await tokens.issueAccessToken(account, sessionId));
}

/**
 * A refresh token works once. One that comes a second time was stolen, from us or from its owner: the session ends for
 * both. The new access token has the roles the account has now.
 *
 * @throws AppError `auth.refresh_invalid`, `auth.refresh_reused`
 */
export async function refresh(
  store: SessionStore,
  tokens: Tokens,
  events: SessionEvents,
  refreshToken: string,
) {
  const next = tokens.createRefreshToken();
  const outcome = await store.rotate(tokens.hashRefreshToken(refreshToken), next.hash);
  if (outcome.kind === "reused") {
    events.refreshReused();
    const message = "This refresh token was used before. The session has been ended; log in again.";
    throw new AppError("unauthenticated", "auth.refresh_reused", message);
  }
  if (outcome.kind !== "rotated") {
    throw new AppError(
      "unauthenticated",
      "auth.refresh_invalid",
      "The refresh token is not valid. Log in again.",
    );
  }
  const { account, sessionId } = outcome;
  return toAnswer(next.token, await tokens.issueAccessToken(account, sessionId));
}

/** Ends the session of the token. Succeeds for any token, so that it tells nothing about it. */
export async function logOut(
  store: SessionStore,
  tokens: Tokens,
  request: { refreshToken: string; everywhere: boolean },
): Promise<void> {
  await store.close(tokens.hashRefreshToken(request.refreshToken), request.everywhere);
}

function toAnswer(refreshToken: string, access: { accessToken: string; expiresInSeconds: number }) {
  return { ...access, tokenType: "Bearer" as const, refreshToken };
}
