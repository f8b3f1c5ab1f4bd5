import { createHmac } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createAuthenticate } from "../../src/http/authenticate.ts";
import { createTestIssuer } from "../../src/testing/tokens.ts";

async function start() {
  const issuer = await createTestIssuer();
  const authenticate = createAuthenticate(issuer);
  const check = (authorization: string | undefined) =>
    authenticate({ headers: authorization === undefined ? {} : { authorization } });
  return { issuer, check, [Symbol.asyncDispose]: () => issuer[Symbol.asyncDispose]() };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("createAuthenticate", () => {
  it("gives the caller of a good token", async () => {
    await using auth = await start();
    const caller = { userId: "u1", email: "a@b.example", roles: ["sales"], permissions: ["orders.read"] };
    expect(await auth.check(`Bearer ${await auth.issuer.token(caller)}`)).toEqual(caller);
  });

  // Red when: typ, issuer, audience or requiredClaims leaves the options of jwtVerify.
  it.each([
    ["of another issuer", async (i: Issuer) => i.token({ issuer: "somebody else" })],
    ["for another audience", async (i: Issuer) => i.token({ audience: "somewhere else" })],
    ["with one changed character", async (i: Issuer) => flip(await i.token())],
    [
      "without signature (alg none)",
      async (i: Issuer) => withHeader(await i.token(), { alg: "none", typ: "at+jwt" }, ""),
    ],
    ["signed with the public key as HMAC secret", async (i: Issuer) => hmac(i)],
    ["signed by a key the issuer does not have", async (i: Issuer) => foreignKey(i)],
    ["of another type", async (i: Issuer) => i.token({ type: "JWT" })],
    ["that never expires", async (i: Issuer) => i.token({ expiresInSeconds: null })],
    ["that is no token", async () => "a.b.c"],
    ["that is far too long", async () => "a".repeat(9_000)],
  ])("refuses a token %s", async (_name, forge) => {
    await using auth = await start();
    const token = await forge(auth.issuer);
    await expect(auth.check(`Bearer ${token}`)).rejects.toMatchObject({
      status: 401,
      code: "auth.token_invalid",
    });
  });

  it("tells an expired token from an invalid one", async () => {
    await using auth = await start();
    const token = await auth.issuer.token({ expiresInSeconds: -1 });
    await expect(auth.check(`Bearer ${token}`)).rejects.toMatchObject({
      status: 401,
      code: "auth.token_expired",
    });
  });

  it("asks for a token where there is none, and takes no other scheme", async () => {
    await using auth = await start();
    await expect(auth.check(undefined)).rejects.toMatchObject({
      code: "auth.token_missing",
      headers: { "WWW-Authenticate": "Bearer" },
    });
    await expect(auth.check("Basic YTpi")).rejects.toMatchObject({ code: "auth.token_invalid" });
  });

  it("says that the keys are away, not that the token is bad, when the issuer cannot be reached", async () => {
    const auth = await start();
    const token = await auth.issuer.token();
    await auth[Symbol.asyncDispose]();
    await expect(auth.check(`Bearer ${token}`)).rejects.toMatchObject({
      status: 503,
      code: "auth.keys_unavailable",
    });
  });
});

type Issuer = Awaited<ReturnType<typeof createTestIssuer>>;

function flip(token: string): string {
  const [header, payload, signature = ""] = token.split(".");
  return [header, payload, (signature[0] === "A" ? "B" : "A") + signature.slice(1)].join(".");
}

function withHeader(token: string, header: object, signature: string): string {
  return [encode(header), token.split(".")[1], signature].join(".");
}

async function hmac(issuer: Issuer): Promise<string> {
  const token = await issuer.token();
  const jwks = (await (await fetch(issuer.jwksUrl)).json()) as { keys: [{ x: string; kid: string }] };
  const unsigned = withHeader(token, { alg: "HS256", typ: "at+jwt", kid: jwks.keys[0].kid }, "").slice(0, -1);
  const signature = createHmac("sha256", Buffer.from(jwks.keys[0].x, "base64url"))
    .update(unsigned)
    .digest("base64url");
  return `${unsigned}.${signature}`;
}

async function foreignKey(issuer: Issuer): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  return (
    new SignJWT({ email: "", roles: ["admin"], permissions: [] })
      // The key that signs is carried in the header: a checker must not take it from there.
      .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", jwk: await exportJWK(publicKey) })
      .setSubject("u1")
      .setIssuer(issuer.issuer)
      .setAudience(issuer.audience)
      .setExpirationTime("5m")
      .sign(privateKey)
  );
}
