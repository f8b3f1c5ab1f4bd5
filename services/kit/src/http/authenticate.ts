import type { IncomingMessage } from "node:http";
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { createVerifiedTokens } from "./verified-tokens.ts";

/** Who calls, as the access token says. */
export type Caller = {
  userId: string;
  email: string;
  roles: string[];
  permissions: string[];
  /** The log-in that the token came of, where it names one. */
  sessionId?: string;
};

export type Authenticate = (req: Pick<IncomingMessage, "headers">) => Promise<Caller>;

export const authenticationEnvironment = {
  JWKS_URL: z.url().default("http://127.0.0.1:8001/.well-known/jwks.json"),
  JWT_ISSUER: z.string().default("kontor-auth"),
  JWT_AUDIENCE: z.string().default("kontor"),
};

/** Access tokens name their type (RFC 9068), so that no other token of the same issuer passes for one. */
export const accessTokenType = "at+jwt";

const claims = z.object({
  sub: z.string().min(1),
  email: z.string(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  exp: z.number(),
  sid: z.string().optional(),
});

/**
 * Checks the bearer token of a request: EdDSA signature by a key of the JWKS, type, issuer, audience, expiry.
 * Keys are fetched when first needed, kept, and asked for again when a token names an unknown one (at most every 5 s).
 *
 * @param options.jwksUrl where the keys are; `keys` in its place is for the issuer itself
 * @throws AppError (by the returned function) `auth.token_missing`, `auth.token_invalid`, `auth.token_expired`: 401;
 *   `auth.keys_unavailable`: 503
 */
export function createAuthenticate(
  options: { issuer: string; audience: string } & ({ jwksUrl: string } | { keys: JWTVerifyGetKey }),
): Authenticate {
  const keys =
    "keys" in options
      ? options.keys
      : createRemoteJWKSet(new URL(options.jwksUrl), {
          cooldownDuration: 5_000,
          cacheMaxAge: 600_000,
          timeoutDuration: 3_000,
        });
  const verified = createVerifiedTokens({ entriesMax: 5_000, trustedForMs: 30_000 });
  return async (req) => {
    const token = readBearerToken(req.headers.authorization);
    const known = verified.find(token);
    if (known !== undefined) return known;
    const payload = await verify(async () => {
      const verified = await jwtVerify(token, keys, {
        algorithms: ["EdDSA"],
        typ: accessTokenType,
        issuer: options.issuer,
        audience: options.audience,
        requiredClaims: ["exp", "sub"],
      });
      return verified.payload;
    });
    const parsed = claims.safeParse(payload);
    if (!parsed.success) throw invalidToken("The access token lacks claims.");
    const { sub, email, roles, permissions, exp, sid } = parsed.data;
    const caller = {
      userId: sub,
      email,
      roles,
      permissions,
      ...(sid === undefined ? {} : { sessionId: sid }),
    };
    verified.remember(token, caller, exp * 1_000);
    return caller;
  };
}

/** @throws AppError `auth.forbidden` */
export function requirePermission(caller: Caller, permission: string): void {
  if (caller.permissions.includes(permission)) return;
  throw new AppError("forbidden", "auth.forbidden", `This needs the permission ${permission}.`, {
    details: { permission },
  });
}

function readBearerToken(header: string | undefined): string {
  if (header === undefined) {
    throw new AppError(
      "unauthenticated",
      "auth.token_missing",
      "Send an access token as Authorization: Bearer.",
      {
        headers: { "WWW-Authenticate": "Bearer" },
      },
    );
  }
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(header)?.[1];
  // A signed access token of ours is below 2 kB; nothing longer is worth a look.
  if (token === undefined || token.length > 8_192)
    throw invalidToken("The Authorization header is not a bearer token.");
  return token;
}

async function verify(check: () => Promise<JWTPayload>): Promise<JWTPayload> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      throw new AppError(
        "unauthenticated",
        "auth.token_expired",
        "The access token has expired. Refresh it.",
        {
          headers: { "WWW-Authenticate": 'Bearer error="invalid_token", error_description="expired"' },
        },
      );
    }
    if (areKeysUnavailable(error)) {
      throw new AppError(
        "unavailable",
        "auth.keys_unavailable",
        "The keys to check tokens cannot be had just now.",
        {
          retryAfterSeconds: 2,
          cause: error,
        },
      );
    }
    throw invalidToken("The access token is not valid.", error);
  }
}

/** jose reports a bad token by its own classes; everything else (fetch, timeout, not JSON) is about reaching the JWKS. */
function areKeysUnavailable(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  if (!(error instanceof errors.JOSEError)) return true;
  // A JWKS that answers with another status than 200, or not with JSON, is thrown as the base class.
  return error.code === "ERR_JOSE_GENERIC";
}

function invalidToken(message: string, cause?: unknown): AppError {
  return new AppError("unauthenticated", "auth.token_invalid", message, {
    headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
    cause,
  });
}
