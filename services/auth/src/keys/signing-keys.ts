import { createPrivateKey, generateKeyPair, type KeyObject, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import type { Logger } from "@kontor/kit/logger";
import type { Database } from "@kontor/kit/postgres";
import { exportJWK, type JWK } from "jose";
import { findActiveKey, replaceActiveKey, type StoredKey } from "./keys.repo.ts";
import type { Sealer } from "./seal.ts";

export type SigningKey = { id: string; privateKey: KeyObject };

export type SigningKeys = {
  /** The key to sign with now. Made when there is none, or none that can be opened. */
  current(): Promise<SigningKey>;
  /** Replaces the key when it is older than allowed. Tokens it signed stay valid: its public half stays in the JWKS. */
  rotateWhenOld(): Promise<void>;
};

/** Another instance may have rotated: the database is asked again after so long. */
export const activeKeyTrustedSeconds = 30;

export function createSigningKeys(
  db: Database,
  sealer: Sealer,
  logger: Logger,
  options: { maxAgeSeconds: number },
): SigningKeys {
  let known: { key: SigningKey; until: number } | undefined;

  const load = async (): Promise<SigningKey> => {
    const stored = await findActiveKey(db);
    const privateKey = stored && openKey(sealer, stored);
    if (stored && privateKey) return { id: stored.id, privateKey };
    if (stored)
      logger.warn({ key: stored.id }, "the signing key cannot be opened with this secret; making a new one");
    await makeKey(db, sealer, stored?.id);
    return load();
  };
  const current = async (): Promise<SigningKey> => {
    if (known === undefined || known.until < performance.now()) {
      known = { key: await load(), until: performance.now() + activeKeyTrustedSeconds * 1_000 };
    }
    return known.key;
  };
  return {
    current,
    async rotateWhenOld() {
      const stored = await findActiveKey(db);
      if (stored !== undefined && stored.ageSeconds > options.maxAgeSeconds) {
        await makeKey(db, sealer, stored.id);
        logger.info({ retired: stored.id }, "signing key rotated");
      }
      known = undefined;
      await current();
    },
  };
}

async function makeKey(db: Database, sealer: Sealer, replacedId: string | undefined): Promise<void> {
  const id = randomUUID();
  const { publicKey, privateKey } = await promisify(generateKeyPair)("ed25519");
  const publicJwk: JWK = { ...(await exportJWK(publicKey)), kid: id, alg: "EdDSA", use: "sig" };
  const sealedPrivateKey = sealer.seal(id, privateKey.export({ format: "der", type: "pkcs8" }));
  await replaceActiveKey(db, replacedId, { id, publicJwk, sealedPrivateKey });
}

function openKey(sealer: Sealer, stored: StoredKey): KeyObject | undefined {
  let key: Buffer;
  try {
    key = sealer.open(stored.id, stored.sealedPrivateKey);
  } catch {
    // Sealed under another secret. The caller replaces it; nothing else can be done with it.
    return undefined;
  }
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}
