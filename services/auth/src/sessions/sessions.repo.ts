import { type Database, inTransaction, type Queryable } from "@kontor/kit/postgres";
import { findAccount } from "../accounts/accounts.repo.ts";
import { type RefreshOutcome, sessionLimits } from "./sessions.logic.ts";

/** A new session with its first refresh token. @returns its id */
export async function openSession(db: Database, accountId: string, tokenHash: Buffer): Promise<string> {
  const { rows } = await db.query<{ id: string }>({
    name: "sessions.open",
    text: `with session as (
             insert into auth.sessions (account_id, expires_at) values ($1, now() + $3 * interval '1 second')
             returning id)
           insert into auth.refresh_tokens (token_hash, session_id, expires_at)
           select $2, id, now() + $4 * interval '1 second' from session
           returning session_id as id`,
    values: [accountId, tokenHash, sessionLimits.lifetimeSeconds, sessionLimits.idleSeconds],
  });
  const [row] = rows;
  if (row === undefined) throw new Error("a session that was inserted has no id");
  return row.id;
}

/**
 * Exchanges a refresh token. It is used up in one statement, so of two exchanges of one token at the same time the second
 * sees the first: it counts as reuse.
 */
export async function rotateRefreshToken(
  db: Database,
  oldHash: Buffer,
  newHash: Buffer,
): Promise<RefreshOutcome> {
  return inTransaction(db, async (tx) => {
    const session = await findSessionOf(tx, oldHash);
    if (session === undefined) return { kind: "unknown" };
    if (!session.is_alive) return { kind: "expired" };
    const used = await useToken(tx, oldHash);
    if (used === "reused") {
      await revokeSession(tx, session.id);
      return { kind: "reused", accountId: session.account_id };
    }
    if (used === "expired") return { kind: "expired" };
    const account = await findAccount(tx, session.account_id);
    if (account === undefined || !account.isActive) return { kind: "expired" };
    await tx.query({
      name: "sessions.add_token",
      text: `insert into auth.refresh_tokens (token_hash, session_id, expires_at)
             values ($1, $2, now() + $3 * interval '1 second')`,
      values: [newHash, session.id, sessionLimits.idleSeconds],
    });
    return { kind: "rotated", account, sessionId: session.id };
  });
}

/**
 * Ends the session of a token, or all of its account; nothing for an unknown token.
 *
 * @returns the account, undefined when nothing was ended
 */
export async function closeSession(
  db: Database,
  tokenHash: Buffer,
  everywhere: boolean,
): Promise<string | undefined> {
  const { rows } = await db.query<{ account_id: string }>({
    name: "sessions.close",
    text: `update auth.sessions set revoked_at = now(), revoked_reason = 'logged_out'
            where revoked_at is null and (
              id = (select session_id from auth.refresh_tokens where token_hash = $1)
              or $2 and account_id = (
                select s.account_id from auth.sessions s join auth.refresh_tokens t on t.session_id = s.id
                 where t.token_hash = $1 and s.revoked_at is null))
           returning account_id`,
    values: [tokenHash, everywhere],
  });
  return rows[0]?.account_id;
}

/** False for a session that was ended, has outlived its time, or never was. */
export async function isSessionAlive(db: Queryable, id: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: "sessions.is_alive",
    text: "select from auth.sessions where id = $1 and revoked_at is null and expires_at > now()",
    values: [id],
  });
  return rowCount === 1;
}

export async function revokeSessionsOf(db: Queryable, accountId: string, reason: string): Promise<void> {
  await db.query({
    name: "sessions.revoke_all",
    text: `update auth.sessions set revoked_at = now(), revoked_reason = $2
            where account_id = $1 and revoked_at is null`,
    values: [accountId, reason],
  });
}

/** Sessions past their lifetime, with their tokens. Revoked ones stay until then, as evidence. */
export async function deleteOldSessions(db: Queryable): Promise<void> {
  await db.query({ name: "sessions.delete_old", text: "delete from auth.sessions where expires_at < now()" });
}

async function findSessionOf(tx: Queryable, tokenHash: Buffer) {
  const { rows } = await tx.query<{ id: string; account_id: string; is_alive: boolean }>({
    name: "sessions.find",
    text: `select s.id, s.account_id, s.revoked_at is null and s.expires_at > now() as is_alive
             from auth.sessions s join auth.refresh_tokens t on t.session_id = s.id
            where t.token_hash = $1`,
    values: [tokenHash],
  });
  return rows[0];
}

async function useToken(tx: Queryable, tokenHash: Buffer): Promise<"ok" | "reused" | "expired"> {
  const { rows } = await tx.query<{ was_used: boolean; is_expired: boolean }>({
    name: "sessions.use_token",
    text: `update auth.refresh_tokens set used_at = coalesce(used_at, now()) where token_hash = $1
           returning old.used_at is not null as was_used, expires_at <= now() as is_expired`,
    values: [tokenHash],
  });
  const row = rows[0];
  if (row === undefined || row.was_used) return "reused";
  return row.is_expired ? "expired" : "ok";
}

async function revokeSession(tx: Queryable, id: string): Promise<void> {
  await tx.query({
    name: "sessions.revoke",
    text: "update auth.sessions set revoked_at = now(), revoked_reason = 'reused' where id = $1",
    values: [id],
  });
}
