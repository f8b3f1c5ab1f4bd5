import { createHash, randomBytes } from "node:crypto";

/** 256 random bits; only the hash is stored. A fast hash is enough for what cannot be guessed. */
export function createRefreshToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString("base64url");
  return { token, hash: hashRefreshToken(token) };
}

export function hashRefreshToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
