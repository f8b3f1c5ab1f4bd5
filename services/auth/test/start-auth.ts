import { openCache } from "@kontor/kit/cache/open-cache";
import { createLogger } from "@kontor/kit/logger";
import { startApp, type TestClient, type TestResponse } from "@kontor/kit/testing/http-client";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { hash, verify } from "@node-rs/argon2";
import { insertAccount } from "../src/accounts/accounts.repo.ts";
import { createAuthApp } from "../src/app.ts";
import { type AttemptLimits, attemptLimits } from "../src/attempts/attempts.repo.ts";
import { createSealer } from "../src/keys/seal.ts";
import { createSigningKeys, type SigningKeys } from "../src/keys/signing-keys.ts";
import { createPasswords, type Passwords } from "../src/passwords.ts";
import type { Role } from "../src/roles.ts";

export const migrations = new URL("../migrations/", import.meta.url);
export const password = "correct horse battery";
export const secret = "a secret for tests only";

export type Tokens = {
  accessToken: string;
  refreshToken: string;
  tokenType: string;
  expiresInSeconds: number;
};

export type TestAuth = AsyncDisposable &
  TestClient & {
    db: TestDatabase;
    keys: SigningKeys;
    passwords: Passwords;
    /** What passwords were compared with: one hash for each time argon2 did its work. */
    verifiedHashes: string[];
    /** An account with the password above; its address. */
    createAccount(...roles: Role[]): Promise<string>;
    logIn(email: string, password?: string): Promise<TestResponse>;
    /** A fresh account of these roles, logged in. */
    enter(...roles: Role[]): Promise<Tokens & { email: string; id: string }>;
  };

/** The real service on a free port over a database of its own. */
export async function startAuth(
  options: { limits?: Partial<AttemptLimits>; redisUrl?: string } = {},
): Promise<TestAuth> {
  const db = await openTestDatabase({ schema: "auth", migrations });
  const logger = createLogger({ service: "auth", level: "silent" });
  const cache = await openCache({ name: db.options.database, redisUrl: options.redisUrl, logger });
  const keys = createSigningKeys(db, createSealer(secret), logger, { maxAgeSeconds: 86_400 });
  const verifiedHashes: string[] = [];
  const passwords = await createPasswords({
    hash,
    verify(stored, password) {
      verifiedHashes.push(String(stored));
      return verify(stored, password);
    },
  });
  const client = await startApp(
    createAuthApp({
      version: "1.0.0",
      db,
      cache,
      logger,
      health: [],
      keys,
      passwords,
      attemptLimits: { ...attemptLimits, ...options.limits },
      issuer: "test-issuer",
      audience: "test-audience",
    }),
  );
  const passwordHash = await passwords.hash(password);
  let count = 0;
  const createAccount: TestAuth["createAccount"] = async (...roles) => {
    const email = `person-${++count}@kontor.example`;
    await insertAccount(db, { email, displayName: "Person", passwordHash, roles });
    return email;
  };
  const logIn: TestAuth["logIn"] = (email, given = password) =>
    client.request("POST", "/api/auth/login", { body: { email, password: given } });
  return {
    ...client,
    db,
    keys,
    passwords,
    verifiedHashes,
    createAccount,
    logIn,
    async enter(...roles) {
      const email = await createAccount(...roles);
      const { body } = await logIn(email);
      const me = await client.request("GET", "/api/auth/me", { token: body.accessToken });
      return { ...body, email, id: me.body.id };
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await cache[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}
