import { defineRoute, type Route } from "@kontor/kit/http/route";
import type { JWK } from "jose";
import { z } from "zod";

const jwk = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  kid: z.string(),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
});

export function keyRoutes(listPublicKeys: () => Promise<JWK[]>): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/.well-known/jwks.json",
      summary: "The public keys that access tokens are checked with (RFC 7517)",
      tags: ["auth"],
      access: "public",
      responses: { 200: z.object({ keys: z.array(jwk) }) },
      handle: async ({ res }) => {
        res.set("Cache-Control", "public, max-age=60");
        return { keys: z.array(jwk).parse(await listPublicKeys()) };
      },
    }),
  ];
}
