import type { Queryable } from "@kontor/kit/postgres";
import type { IdempotencyKeys } from "./idempotency.logic.ts";
import {
  findOutcome,
  insertKey,
  keepOutcome,
  rollBackToSavepoint,
  setSavepoint,
} from "./idempotency.repo.ts";

/** The keys as one transaction sees them; it must be `read committed`, or it would not see what it waited for. */
export function createIdempotencyKeys(tx: Queryable): IdempotencyKeys {
  return {
    insert: (claim, requestHash) => insertKey(tx, claim, requestHash),
    find: (claim) => findOutcome(tx, claim),
    keep: (claim, outcome) => keepOutcome(tx, claim, outcome),
    setSavepoint: () => setSavepoint(tx),
    rollBackToSavepoint: () => rollBackToSavepoint(tx),
  };
}
