import { createHash } from "node:crypto";
import { AppError, type AppErrorKind } from "@kontor/kit/errors";

/** Whose key it is, what it is for, and the request it came with. Two callers never share a key. */
export type Claim = { callerId: string; operation: string; key: string; request: unknown };

/** What the first request with a key was answered: kept, so that every later one is answered the same. */
export type Outcome<T> =
  | { done: true; result: T }
  | {
      done: false;
      kind: AppErrorKind;
      code: string;
      message: string;
      details?: Record<string, unknown> | undefined;
    };

/** The keys as one transaction sees them. */
export type IdempotencyKeys = {
  insert(claim: Claim, requestHash: string): Promise<boolean>;
  find(claim: Claim): Promise<{ requestHash: string; outcome: Outcome<unknown> } | undefined>;
  keep(claim: Claim, outcome: Outcome<unknown>): Promise<void>;
  setSavepoint(): Promise<void>;
  rollBackToSavepoint(): Promise<void>;
};

/** A result, and whether an earlier request with the key had it done. */
export type Done<T> = { result: T; isReplayed: boolean };

/** Refusals that say something about the request. All others (busy, away, a bug) are worth another try with the same key. */
const finalKinds: ReadonlySet<AppErrorKind> = new Set(["notFound", "conflict", "unprocessable"]);

/**
 * Does the work of a key once, in ONE transaction: key, work and answer are committed together or not at all. A refusal
 * of the work is an answer too: its effects are undone and it is kept. A concurrent request with the same key waits for
 * this one and is given its answer.
 *
 * @param claim.request as validated, so that two spellings of one JSON document are one request
 * @param claim undefined: no key was given, and a repeated request is a new one
 * @param work must write through the transaction only: a deadlock has it run again
 * @throws AppError `idempotency.key_reused`: 422 when the key came with another request before; what `work` refused with
 */
export async function transactOnce<Tx extends { keys: IdempotencyKeys }, T>(
  inTransaction: <R>(run: (tx: Tx) => Promise<R>) => Promise<R>,
  claim: Claim | undefined,
  work: (tx: Tx) => Promise<T>,
): Promise<Done<T>> {
  if (claim === undefined) return { result: await inTransaction(work), isReplayed: false };
  const answer = await inTransaction((tx) => answerOnce(tx.keys, claim, () => work(tx)));
  // After the commit: a refusal is thrown, and what is thrown inside would be rolled back and forgotten.
  return { result: unwrap(answer.outcome), isReplayed: answer.isReplayed };
}

async function answerOnce<T>(
  keys: IdempotencyKeys,
  claim: Claim,
  work: () => Promise<T>,
): Promise<{ outcome: Outcome<T>; isReplayed: boolean }> {
  const requestHash = createHash("sha256").update(JSON.stringify(claim.request)).digest("base64url");
  while (!(await keys.insert(claim, requestHash))) {
    const earlier = await keys.find(claim);
    // Pruned between the two statements: it is free again.
    if (earlier === undefined) continue;
    if (earlier.requestHash !== requestHash) throw keyReused(claim.key);
    return { outcome: earlier.outcome as Outcome<T>, isReplayed: true };
  }
  const outcome = await attempt(keys, work);
  await keys.keep(claim, outcome);
  return { outcome, isReplayed: false };
}

function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.done) return outcome.result;
  const { kind, code, message, details } = outcome;
  throw new AppError(kind, code, message, details === undefined ? {} : { details });
}

async function attempt<T>(keys: IdempotencyKeys, work: () => Promise<T>): Promise<Outcome<T>> {
  await keys.setSavepoint();
  try {
    return { done: true, result: await work() };
  } catch (error) {
    if (!(error instanceof AppError) || !finalKinds.has(error.kind)) throw error;
    await keys.rollBackToSavepoint();
    const { kind, code, message, details } = error;
    return { done: false, kind, code, message, details };
  }
}

function keyReused(key: string): AppError {
  return new AppError(
    "unprocessable",
    "idempotency.key_reused",
    "This Idempotency-Key came with another request before. Use a new key for a new request.",
    { details: { key } },
  );
}
