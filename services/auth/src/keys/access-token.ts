import { accessTokenType } from "@kontor/kit/http/authenticate";
import { SignJWT } from "jose";
import type { Account } from "../accounts/accounts.logic.ts";
import { toPermissions } from "../roles.ts";
import { activeKeyTrustedSeconds, type SigningKeys } from "./signing-keys.ts";

/** A stolen access token works for so long, and so long do changed roles take to be seen everywhere. */
export const accessTokenLifetimeSeconds = 900;

/** How long a retired key stays in the JWKS: an instance may sign with it until it sees the new one, and then its last token must live. */
export const publishedAfterRetirementSeconds = accessTokenLifetimeSeconds + 2 * activeKeyTrustedSeconds;

/** EdDSA, checked by the services alone with the public keys of the JWKS. */
export async function issueAccessToken(
  keys: SigningKeys,
  names: { issuer: string; audience: string },
  account: Account,
  sessionId: string,
): Promise<{ accessToken: string; expiresInSeconds: number }> {
  const { id, privateKey } = await keys.current();
  const accessToken = await new SignJWT({
    email: account.email,
    roles: account.roles,
    permissions: toPermissions(account.roles),
    sid: sessionId,
  })
    .setProtectedHeader({ alg: "EdDSA", kid: id, typ: accessTokenType })
    .setSubject(account.id)
    .setIssuer(names.issuer)
    .setAudience(names.audience)
    .setIssuedAt()
    .setJti(crypto.randomUUID())
    .setExpirationTime(`${accessTokenLifetimeSeconds}s`)
    .sign(privateKey);
  return { accessToken, expiresInSeconds: accessTokenLifetimeSeconds };
}
