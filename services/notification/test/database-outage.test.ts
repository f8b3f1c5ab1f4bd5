import { randomUUID } from "node:crypto";
import { createAuthenticate } from "@kontor/kit/http/authenticate";
import { createLogger } from "@kontor/kit/logger";
import { describeDatabaseOutage } from "@kontor/kit/testing/describe-database-outage";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { createTestIssuer, type TestIssuer } from "@kontor/kit/testing/tokens";
import { afterAll, beforeAll } from "vitest";
import { createNotificationApp } from "../src/app.ts";

const resources = new AsyncDisposableStack();
let database: TestDatabase;
let issuer: TestIssuer;
beforeAll(async () => {
  const migrations = new URL("../migrations/", import.meta.url);
  database = resources.use(await openTestDatabase({ schema: "notification", migrations }));
  issuer = resources.use(await createTestIssuer());
});
afterAll(() => resources.disposeAsync());

describeDatabaseOutage(
  "notification",
  () => database.options,
  async (db) => {
    const logger = createLogger({ service: "notification", level: "silent" });
    const authenticate = createAuthenticate(issuer);
    const token = await issuer.token({ userId: "somebody", roles: ["admin"] });
    const path = "/api/notifications";
    return {
      app: createNotificationApp({ version: "1", db, logger, authenticate, health: [] }),
      requests: [
        { method: "GET", path, token },
        { method: "POST", path: `${path}/${randomUUID()}/read`, token },
      ],
    };
  },
);
