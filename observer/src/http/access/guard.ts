import { createHash, timingSafeEqual } from "node:crypto";
import { AppError } from "@kontor/kit/errors";
import type { Request, RequestHandler, Response } from "express";
import type { AccessToken, Permission } from "./access-tokens.ts";

/** What a change needs; the first that fits. A change that is not named here needs `write`, so none can be forgotten. */
const changes: readonly { readonly path: RegExp; readonly permission: Permission }[] = [
  { path: /^\/(api\/v2\/)?silences?(\/|$)/i, permission: "silence" },
  { path: /\/(acknowledge|applied)\/?$/i, permission: "acknowledge" },
];

const challenge = 'Bearer realm="Kontor observer", Basic realm="Kontor observer", charset="UTF-8"';

/**
 * Stands before everything the observer answers but its health pages and `/openapi.json`, which say nothing of what it observes. Without tokens everybody may do everything, which suits loopback only. With tokens a
 * request shows one as `Authorization: Bearer`, or as the password of HTTP Basic, under any name, so that browsers can.
 *
 * A change that a page of another origin asks a browser to make is refused in both cases: the browser would show its password by itself.
 *
 * @param publicUrl where browsers reach the observer; behind a proxy its own `Host` is another one
 * @throws AppError (through Express) `access.token_missing`, `access.token_unknown`: 401; `access.not_permitted`, `access.foreign_origin`: 403
 */
export function createAccessGuard(
  tokens: readonly AccessToken[] | undefined,
  publicUrl: string,
): RequestHandler {
  const known = tokens?.map((token) => ({ token, digest: digest(token.token) }));
  const publicHost = new URL(publicUrl).host;
  return (request, response, next) => {
    if (!isReading(request)) refuseForeignOrigin(request, publicHost);
    if (known !== undefined) {
      const given = digest(readToken(request.headers.authorization));
      // All are compared, so that the time taken says nothing about which one fits.
      const found = known.filter(({ digest }) => timingSafeEqual(digest, given))[0]?.token;
      if (found === undefined)
        throw unauthenticated("access.token_unknown", "This token is not in the tokens file.");
      requirePermission(found, toPermission(request));
      response.locals.actor = found.name;
    }
    next();
  };
}

/** The name of the token that a request showed; undefined where nobody is asked. */
export function actorOf(response: Response): string | undefined {
  return response.locals.actor as string | undefined;
}

function isReading({ method }: Request): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

function toPermission(request: Request): Permission {
  if (isReading(request)) return "read";
  return changes.find(({ path }) => path.test(request.path))?.permission ?? "write";
}

function requirePermission(token: AccessToken, permission: Permission): void {
  if (token.permissions.includes(permission)) return;
  const message = `The token of ${token.name} may not do this. It needs the permission ${permission}.`;
  throw new AppError("forbidden", "access.not_permitted", message, { details: { permission } });
}

function refuseForeignOrigin({ headers }: Request, publicHost: string): void {
  const { origin, host, "sec-fetch-site": site } = headers;
  const originHost = origin !== undefined && URL.canParse(origin) ? new URL(origin).host : "";
  const isOwn =
    origin === undefined || (originHost !== "" && (originHost === host || originHost === publicHost));
  // Browsers say it themselves; programs send neither.
  if (isOwn && (site === undefined || site === "same-origin" || site === "none")) return;
  const message = "A page of another origin cannot change anything here.";
  throw new AppError("forbidden", "access.foreign_origin", message);
}

function readToken(header: string | undefined): string {
  const [, scheme, value] = /^(Bearer|Basic) +(\S+)$/i.exec(header ?? "") ?? [];
  if (scheme === undefined || value === undefined) {
    throw unauthenticated(
      "access.token_missing",
      "Send a token as Authorization: Bearer. A browser asks for it as a password; any name will do.",
    );
  }
  if (scheme.toLowerCase() === "bearer") return value;
  const pair = Buffer.from(value, "base64").toString();
  return pair.slice(pair.indexOf(":") + 1);
}

function unauthenticated(code: "access.token_missing" | "access.token_unknown", message: string): AppError {
  return new AppError("unauthenticated", code, message, { headers: { "WWW-Authenticate": challenge } });
}

/** Digests are of one length, which a comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
