import { openCache } from "@kontor/kit/cache/open-cache";
import { createLogger } from "@kontor/kit/logger";
import { describeDatabaseOutage } from "@kontor/kit/testing/describe-database-outage";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll } from "vitest";
import { createAuthApp } from "../src/app.ts";
import { attemptLimits } from "../src/attempts/attempts.repo.ts";
import { createSealer } from "../src/keys/seal.ts";
import { createSigningKeys } from "../src/keys/signing-keys.ts";
import { createPasswords } from "../src/passwords.ts";
import { migrations, password, secret } from "./start-auth.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase({ schema: "auth", migrations });
});
afterAll(() => database[Symbol.asyncDispose]());

const email = "person@kontor.example";
const refreshToken = "r".repeat(43);

describeDatabaseOutage(
  "auth",
  () => database.options,
  async (db) => {
    const logger = createLogger({ service: "auth", level: "silent" });
    const keys = createSigningKeys(db, createSealer(secret), logger, { maxAgeSeconds: 86_400 });
    const passwords = await createPasswords();
    const identity = { issuer: "test-issuer", audience: "test-audience" };
    const cache = await openCache({ name: "auth", redisUrl: undefined, logger });
    const parts = {
      version: "1",
      db,
      cache,
      logger,
      health: [],
      keys,
      passwords,
      attemptLimits,
      ...identity,
    };
    const post = (path: string, body: object) => ({ method: "POST", path, body });
    return {
      app: createAuthApp(parts),
      requests: [
        post("/api/auth/login", { email, password }),
        post("/api/auth/register", { email, password }),
        post("/api/auth/refresh", { refreshToken }),
        post("/api/auth/logout", { refreshToken }),
        { method: "GET", path: "/.well-known/jwks.json" },
      ],
    };
  },
);
