import { type Database, inTransaction, type Queryable } from "@kontor/kit/postgres";
import type { JWK } from "jose";

export type StoredKey = { id: string; publicJwk: JWK; sealedPrivateKey: Buffer; ageSeconds: number };

type KeyRow = { id: string; public_jwk: JWK; sealed_private_key: Buffer; age_seconds: number };

/** Serialises rotations among instances. */
const rotationLock = 8_002;

/** The key that signs; undefined before the first one was made. */
export async function findActiveKey(db: Queryable): Promise<StoredKey | undefined> {
  const { rows } = await db.query<KeyRow>({
    name: "keys.find_active",
    text: `select id, public_jwk, sealed_private_key, extract(epoch from now() - created_at)::float8 as age_seconds
             from auth.signing_keys where retired_at is null`,
  });
  return rows.map(toKey)[0];
}

/**
 * Retires the active key and stores a new one, unless another instance did so meanwhile.
 *
 * @param replacedId the key the caller saw as active; undefined when it saw none
 */
export async function replaceActiveKey(
  db: Database,
  replacedId: string | undefined,
  key: Omit<StoredKey, "ageSeconds">,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await tx.query({ name: "keys.lock", text: "select pg_advisory_xact_lock($1)", values: [rotationLock] });
    const active = await findActiveKey(tx);
    if (active?.id !== replacedId) return;
    await tx.query({
      name: "keys.retire",
      text: "update auth.signing_keys set retired_at = now() where retired_at is null",
    });
    await tx.query({
      name: "keys.insert",
      text: "insert into auth.signing_keys (id, public_jwk, sealed_private_key) values ($1, $2, $3)",
      values: [key.id, key.publicJwk, key.sealedPrivateKey],
    });
  });
}

/** The public halves of the active key and of those retired less than so long ago, newest first. */
export async function listPublicKeys(db: Queryable, retiredForSeconds: number): Promise<JWK[]> {
  const { rows } = await db.query<{ public_jwk: JWK }>({
    name: "keys.list_public",
    text: `select public_jwk from auth.signing_keys
            where retired_at is null or retired_at > now() - $1 * interval '1 second'
            order by created_at desc`,
    values: [retiredForSeconds],
  });
  return rows.map((row) => row.public_jwk);
}

function toKey(row: KeyRow): StoredKey {
  return {
    id: row.id,
    publicJwk: row.public_jwk,
    sealedPrivateKey: row.sealed_private_key,
    ageSeconds: row.age_seconds,
  };
}
