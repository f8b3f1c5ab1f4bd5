import { createLogger } from "@kontor/kit/logger";
import { openTestDatabase, type TestDatabase } from "@kontor/kit/testing/test-database";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pruneKeys } from "../../src/idempotency/idempotency.repo.ts";
import { startKeyPruning } from "../../src/idempotency/key-pruning.ts";
import { migrations } from "../start-core-erp.ts";

describe("old idempotency keys", () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await openTestDatabase({ schema: "core_erp", migrations });
    await db.query({
      text: `insert into core_erp.idempotency_keys (caller_id, operation, key, request_hash, created_at)
             select 'anna', 'orders.place', 'key-' || days, 'hash', now() - make_interval(days => days)
               from generate_series(0, 20) as days`,
    });
  });
  afterAll(() => db[Symbol.asyncDispose]());

  async function countKeys(): Promise<number> {
    return (await db.query({ text: "select from core_erp.idempotency_keys" })).rowCount;
  }

  it("are forgotten a batch at a time, the oldest first", async () => {
    expect(await pruneKeys(db, 7, 4)).toBe(4);
    const { rows } = await db.query<{ key: string }>({
      text: "select key from core_erp.idempotency_keys order by created_at limit 1",
    });
    expect(rows).toEqual([{ key: "key-16" }]);
  });

  // Red when: startKeyPruning waits for its first hour.
  it("are forgotten when the service starts, and the young ones are kept", async () => {
    using _pruning = startKeyPruning(db, createLogger({ service: "core-erp", level: "silent" }));
    await expect.poll(countKeys, { timeout: 5_000 }).toBe(7);
  });
});
