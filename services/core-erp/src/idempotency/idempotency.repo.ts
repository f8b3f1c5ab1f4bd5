import type { Queryable } from "@kontor/kit/postgres";
import type { Claim, Outcome } from "./idempotency.logic.ts";

/**
 * Takes a key for this transaction. A transaction that holds the same key is waited for: when it commits the key is
 * taken, when it rolls back the key is free.
 *
 * @returns true when this transaction now owns the key
 * @source core_erp.idempotency_keys through its primary key
 */
export async function insertKey(tx: Queryable, claim: Claim, requestHash: string): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: "idempotency.claim",
    text: `insert into core_erp.idempotency_keys (caller_id, operation, key, request_hash)
           values ($1, $2, $3, $4)
           on conflict do nothing`,
    values: [claim.callerId, claim.operation, claim.key, requestHash],
  });
  return rowCount === 1;
}

/** What the key was used for; undefined when it has just been pruned. */
export async function findOutcome(
  tx: Queryable,
  claim: Claim,
): Promise<{ requestHash: string; outcome: Outcome<unknown> } | undefined> {
  const { rows } = await tx.query<{ request_hash: string; answer: Outcome<unknown> }>({
    name: "idempotency.find",
    text: `select request_hash, answer
             from core_erp.idempotency_keys
            where caller_id = $1 and operation = $2 and key = $3`,
    values: [claim.callerId, claim.operation, claim.key],
  });
  return rows.map((row) => ({ requestHash: row.request_hash, outcome: row.answer }))[0];
}

export async function keepOutcome(tx: Queryable, claim: Claim, outcome: Outcome<unknown>): Promise<void> {
  await tx.query({
    name: "idempotency.keep",
    text: `update core_erp.idempotency_keys set answer = $4
            where caller_id = $1 and operation = $2 and key = $3`,
    values: [claim.callerId, claim.operation, claim.key, JSON.stringify(outcome)],
  });
}

/**
 * Forgets keys older than `days`, so that the table stays bounded.
 *
 * @returns how many were removed, at most `limit` in one call
 * @source core_erp.idempotency_keys through index idempotency_keys_created_at
 */
export async function pruneKeys(db: Queryable, days: number, limit: number): Promise<number> {
  const { rowCount } = await db.query({
    name: "idempotency.prune",
    text: `delete from core_erp.idempotency_keys
            where (caller_id, operation, key) in (
                  select caller_id, operation, key
                    from core_erp.idempotency_keys
                   where created_at < now() - make_interval(days => $1)
                   order by created_at
                   limit $2)`,
    values: [days, limit],
  });
  return rowCount;
}

export async function setSavepoint(tx: Queryable): Promise<void> {
  await tx.query({ name: "idempotency.savepoint", text: "savepoint before_work" });
}

export async function rollBackToSavepoint(tx: Queryable): Promise<void> {
  await tx.query({ name: "idempotency.roll_back", text: "rollback to savepoint before_work" });
}
