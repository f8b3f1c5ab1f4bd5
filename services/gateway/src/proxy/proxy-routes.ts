export type UpstreamName = "auth" | "core-erp" | "notification";

export type ProxyRoute = {
  /** As Express takes it; the name of the wildcard is not part of http.route, which is `/api/orders/*`. */
  path: string;
  upstream: UpstreamName;
};

/** Which service answers what. Everything else, above all `/internal`, does not pass. */
export const proxyRoutes: readonly ProxyRoute[] = [
  { path: "/.well-known/jwks.json", upstream: "auth" },
  { path: "/api/auth{/*rest}", upstream: "auth" },
  { path: "/api/customers{/*rest}", upstream: "core-erp" },
  { path: "/api/items{/*rest}", upstream: "core-erp" },
  { path: "/api/stock{/*rest}", upstream: "core-erp" },
  { path: "/api/orders{/*rest}", upstream: "core-erp" },
  { path: "/api/notifications{/*rest}", upstream: "notification" },
];

const publicRequests = new Set([
  "GET /.well-known/jwks.json",
  "POST /api/auth/register",
  "POST /api/auth/login",
  "POST /api/auth/refresh",
  "POST /api/auth/logout",
]);

const credentialRequests = new Set(["POST /api/auth/register", "POST /api/auth/login"]);

/** Needs no token. Compared to the path as it came, so that no other spelling of it slips through. */
export function isPublic(method: string, path: string): boolean {
  return publicRequests.has(`${method} ${path}`);
}

/** Costs the auth service a password hash, and is where passwords are guessed. */
export function isCredential(method: string, path: string): boolean {
  return credentialRequests.has(`${method} ${path}`);
}
