import type { Cache } from "@kontor/kit/cache/cache";
import type { HealthCheck } from "@kontor/kit/health";
import { createAuthenticate } from "@kontor/kit/http/authenticate";
import { createApp } from "@kontor/kit/http/create-app";
import type { Logger } from "@kontor/kit/logger";
import type { Database } from "@kontor/kit/postgres";
import type { Express } from "express";
import { createLocalJWKSet } from "jose";
import type { AccountStore } from "./accounts/accounts.logic.ts";
import {
  changeAccount,
  findAccount,
  findAccountByEmail,
  insertAccount,
  listAccounts,
} from "./accounts/accounts.repo.ts";
import { accountRoutes } from "./accounts/accounts.routes.ts";
import { type AttemptLimits, countAttempt, forgetAttempts } from "./attempts/attempts.repo.ts";
import { createAuthEvents } from "./auth-events.ts";
import { issueAccessToken, publishedAfterRetirementSeconds } from "./keys/access-token.ts";
import { listPublicKeys } from "./keys/keys.repo.ts";
import { keyRoutes } from "./keys/keys.routes.ts";
import { createRefreshToken, hashRefreshToken } from "./keys/refresh-token.ts";
import type { SigningKeys } from "./keys/signing-keys.ts";
import type { Passwords } from "./passwords.ts";
import { createSessionCheck } from "./sessions/session-check.ts";
import type { SessionStore, Tokens } from "./sessions/sessions.logic.ts";
import { closeSession, isSessionAlive, openSession, rotateRefreshToken } from "./sessions/sessions.repo.ts";
import { sessionRoutes } from "./sessions/sessions.routes.ts";

export type AuthParts = {
  version: string;
  db: Database;
  /** Remembers which sessions are alive; shared by all processes of this service. */
  cache: Cache;
  logger: Logger;
  health: readonly HealthCheck[];
  keys: SigningKeys;
  passwords: Passwords;
  attemptLimits: AttemptLimits;
  issuer: string;
  audience: string;
};

/** The HTTP side of the service. What it is given stays open; whoever opened it closes it. */
export function createAuthApp(parts: AuthParts): Express {
  const { version, db, cache, logger, health, keys, passwords, attemptLimits, issuer, audience } = parts;
  const publicKeys = () => listPublicKeys(db, publishedAfterRetirementSeconds);
  const sessionCheck = createSessionCheck(cache, (id) => isSessionAlive(db, id));
  const authenticate = sessionCheck.guard(
    createAuthenticate({
      issuer,
      audience,
      keys: async (header, token) => createLocalJWKSet({ keys: await publicKeys() })(header, token),
    }),
  );
  const accounts: AccountStore = {
    insert: (account) => insertAccount(db, account),
    find: (id) => findAccount(db, id),
    list: (page) => listAccounts(db, page),
    async change(id, change) {
      const result = await changeAccount(db, id, change);
      await sessionCheck.ended(id);
      return result;
    },
  };
  const sessions: SessionStore = {
    countAttempt: (email) => countAttempt(db, email, attemptLimits),
    forgetAttempts: (email) => forgetAttempts(db, email),
    findAccountByEmail: (email) => findAccountByEmail(db, email),
    open: (accountId, tokenHash) => openSession(db, accountId, tokenHash),
    async rotate(oldHash, newHash) {
      const outcome = await rotateRefreshToken(db, oldHash, newHash);
      if (outcome.kind === "reused") await sessionCheck.ended(outcome.accountId);
      return outcome;
    },
    async close(tokenHash, everywhere) {
      const accountId = await closeSession(db, tokenHash, everywhere);
      if (accountId !== undefined) await sessionCheck.ended(accountId);
    },
  };
  const events = createAuthEvents(logger);
  const tokens: Tokens = {
    createRefreshToken,
    hashRefreshToken,
    issueAccessToken: (account, sessionId) => issueAccessToken(keys, parts, account, sessionId),
  };
  return createApp({
    service: "auth",
    version,
    logger,
    authenticate,
    health,
    openApi: { title: "Kontor auth: accounts, sessions and keys" },
    routes: [
      ...accountRoutes(accounts, events, passwords),
      ...sessionRoutes(sessions, tokens, events, passwords),
      ...keyRoutes(publicKeys),
    ],
  });
}
