import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { accessTokenType } from "../http/authenticate.ts";

export type TestTokenOptions = {
  userId?: string;
  email?: string;
  roles?: string[];
  permissions?: string[];
  /** Seconds from now; 900 when left out, negative for one that has expired, null for one that never does. */
  expiresInSeconds?: number | null;
  /** That of an access token when left out. */
  type?: string;
  issuer?: string;
  audience?: string;
};

export type TestIssuer = AsyncDisposable & {
  jwksUrl: string;
  issuer: string;
  audience: string;
  token(options?: TestTokenOptions): Promise<string>;
};

/** An issuer with a key of its own and its JWKS over HTTP, for services that only check tokens. Spread it into createAuthenticate. */
export async function createTestIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const kid = randomUUID();
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: "EdDSA", use: "sig" }] });
  const server = createServer(
    (_req, res) => void res.setHeader("content-type", "application/json").end(jwks),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = "test-issuer";
  const audience = "test-audience";
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    issuer,
    audience,
    token: ({ expiresInSeconds = 900, ...options } = {}) => {
      const nowSeconds = Math.floor(Date.now() / 1_000);
      const jwt = new SignJWT({
        email: options.email ?? "someone@kontor.example",
        roles: options.roles ?? [],
        permissions: options.permissions ?? [],
      })
        .setProtectedHeader({ alg: "EdDSA", kid, typ: options.type ?? accessTokenType })
        .setSubject(options.userId ?? randomUUID())
        .setIssuer(options.issuer ?? issuer)
        .setAudience(options.audience ?? audience)
        .setIssuedAt(nowSeconds);
      if (expiresInSeconds !== null) jwt.setExpirationTime(nowSeconds + expiresInSeconds);
      return jwt.sign(privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
