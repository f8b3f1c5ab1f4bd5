import { describe, expect, it } from "vitest";
import { echo, startGateway, startInstance, type TestGateway } from "../start-gateway.ts";

async function start(more: Parameters<typeof startGateway>[1] = {}) {
  const instance = await startInstance(echo);
  const urls = { auth: [instance.url], "core-erp": [instance.url], notification: [instance.url] };
  const gateway = await startGateway([], { urls, ...more });
  return {
    gateway,
    instance,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await instance[Symbol.asyncDispose]();
    },
  };
}

const publicRequests = [
  ["POST", "/api/auth/login"],
  ["POST", "/api/auth/register"],
  ["POST", "/api/auth/refresh"],
  ["POST", "/api/auth/logout"],
  ["GET", "/.well-known/jwks.json"],
] as const;

const closedRequests = [
  ["GET", "/api/auth/login"],
  ["GET", "/api/auth/me"],
  ["PATCH", "/api/auth/users/1"],
  ["POST", "/api/auth/LOGIN"],
  ["POST", "/api/auth/login/"],
  ["POST", "/api/auth/log%69n"],
  ["GET", "/api/orders"],
  ["GET", "/api/customers/1"],
  ["GET", "/api/items"],
  ["GET", "/api/stock"],
  ["GET", "/api/notifications"],
] as const;

describe("tokens", () => {
  it.each(publicRequests)("%s %s needs none", async (method, path) => {
    await using started = await start();
    expect((await started.gateway.request(method, path)).status).toBe(200);
  });

  // Red when: isPublic compares decoded, lowered or trimmed paths.
  it.each(closedRequests)("%s %s needs one", async (method, path) => {
    await using started = await start();
    const answer = await started.gateway.request(method, path);
    expect(answer).toMatchObject({ status: 401, body: { code: "auth.token_missing" } });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(started.instance.requests).toEqual([]);
    expect((await started.gateway.request(method, path, { token: started.gateway.token })).status).toBe(200);
  });

  it.each([
    "/api/orders/../../internal/faults",
    "/api/auth/%2e%2e/x",
    "/api/orders/..%2f..%2finternal",
    "/api/items/.\\..",
  ])("the path %s is refused as it stands", async (path) => {
    await using started = await start();
    const raw = await rawRequest(started.gateway, path);
    expect(raw).toMatch(/^HTTP\/1\.1 400 [\s\S]*request\.malformed_path/);
    expect(started.instance.requests).toEqual([]);
  });

  it("says that the keys are away, not that the token is bad", async () => {
    await using started = await start();
    await started.gateway.issuer[Symbol.asyncDispose]();
    const answer = await started.gateway.request("GET", "/api/orders", { token: started.gateway.token });
    expect(answer).toMatchObject({ status: 503, body: { code: "auth.keys_unavailable" } });
  });
});

describe("limits", () => {
  const off = { requests: 0, windowSeconds: 60 };
  const limits = { requests: { requests: 3, windowSeconds: 60 }, credentials: off };

  it("tell what is left, and refuse with Retry-After what is too much", async () => {
    await using started = await start({ limits });
    const { gateway } = started;
    const get = () => gateway.request("GET", "/api/orders", { token: gateway.token });
    const first = await get();
    expect(first.headers.get("ratelimit-policy")).toBe('"requests";q=3;w=60');
    expect(first.headers.get("ratelimit")).toMatch(/^"requests";r=2;t=60$/);
    await get();
    expect((await get()).status).toBe(200);
    const refused = await get();
    expect(refused).toMatchObject({
      status: 429,
      body: { code: "gateway.rate_limited", details: { policy: "requests" } },
    });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
    expect(started.instance.requests).toHaveLength(3);
  });

  // Red when: the key of a request with a token is the address.
  it("count by user, not by address", async () => {
    await using started = await start({ limits });
    const { gateway } = started;
    for (let request = 0; request < 3; request++)
      await gateway.request("GET", "/api/orders", { token: gateway.token });
    const other = await gateway.issuer.token({ userId: "user-2" });
    expect((await gateway.request("GET", "/api/orders", { token: other })).status).toBe(200);
  });

  it("guessing tokens is limited by address", async () => {
    await using started = await start({ limits });
    const seen: number[] = [];
    for (let guess = 0; guess < 5; guess++) {
      seen.push((await started.gateway.request("GET", "/api/orders", { token: `guess-${guess}` })).status);
    }
    expect(seen).toEqual([401, 401, 401, 429, 429]);
  });

  it("log-ins and registrations have a limit of their own", async () => {
    await using started = await start({
      limits: { requests: off, credentials: { requests: 2, windowSeconds: 60 } },
    });
    const { gateway } = started;
    const seen: number[] = [];
    for (const path of ["login", "register", "login"]) {
      seen.push((await gateway.request("POST", `/api/auth/${path}`, { body: {} })).status);
    }
    expect(seen).toEqual([200, 200, 429]);
    expect((await gateway.request("POST", "/api/auth/refresh", { body: {} })).status).toBe(200);
  });

  it("count by the address a trusted proxy names", async () => {
    await using started = await start({ limits, trustedProxyHops: 1 });
    const from = (address: string) =>
      started.gateway.request("POST", "/api/auth/refresh", {
        body: {},
        headers: { "X-Forwarded-For": `1.1.1.1, ${address}` },
      });
    for (let request = 0; request < 3; request++) await from("203.0.113.1");
    expect((await from("203.0.113.1")).status).toBe(429);
    expect((await from("203.0.113.2")).status).toBe(200);
  });
});

/** fetch resolves dot segments before it sends; an attacker does not. */
async function rawRequest(gateway: TestGateway, path: string): Promise<string> {
  const { connect } = await import("node:net");
  const socket = connect(gateway.port, "127.0.0.1");
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gateway.token}\r\nConnection: close\r\n\r\n`,
  );
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
