import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";

/** A database of its own with the schema `observer`. */
export function openStateDatabase(): Promise<TestDatabase> {
  return openTestDatabase({ schema: "observer", migrations: new URL("../../migrations/", import.meta.url) });
}
