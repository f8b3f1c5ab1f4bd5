import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { echo, nowhere, startGateway, startInstance, type TestGateway } from "../start-gateway.ts";

/** A request whose body is still to be sent. */
function startBody(gateway: TestGateway, bytes: number) {
  const headers = { authorization: `Bearer ${gateway.token}`, "content-length": bytes };
  return httpRequest(`${gateway.url}/api/orders`, { method: "POST", headers });
}

describe("handing a request on", () => {
  it("keeps method, path, query, body and end-to-end headers", async () => {
    await using instance = await startInstance(echo);
    await using gateway = await startGateway([instance.url]);
    const { status, body } = await gateway.request("PUT", "/api/orders/7%2F8?limit=2&q=a%20b", {
      token: gateway.token,
      body: { note: "ü" },
      headers: { "Idempotency-Key": "k1" },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      method: "PUT",
      url: "/api/orders/7%2F8?limit=2&q=a%20b",
      body: '{"note":"ü"}',
      headers: {
        "idempotency-key": "k1",
        authorization: `Bearer ${gateway.token}`,
        host: new URL(instance.url).host,
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": new URL(gateway.url).host,
        "x-forwarded-proto": "http",
      },
    });
  });

  it("hands status, headers and body of the answer back, problems of the service too", async () => {
    await using instance = await startInstance((_req, res) => {
      res.writeHead(409, {
        "content-type": "application/problem+json",
        "set-cookie": ["a=1", "b=2"],
        etag: '"v1"',
      });
      res.end('{"code":"orders.already_shipped"}');
    });
    await using gateway = await startGateway([instance.url]);
    const answer = await gateway.request("POST", "/api/orders", { token: gateway.token, body: {} });
    expect(answer).toMatchObject({ status: 409, body: { code: "orders.already_shipped" } });
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(answer.headers.get("etag")).toBe('"v1"');
  });

  it.each(["HEAD", "DELETE", "OPTIONS", "PATCH"])("hands %s on", async (method) => {
    await using instance = await startInstance((_req, res) => void res.writeHead(204).end());
    await using gateway = await startGateway([instance.url]);
    expect((await gateway.request(method, "/api/items/A1", { token: gateway.token })).status).toBe(204);
    expect(instance.requests[0]?.method).toBe(method);
  });

  it("believes X-Forwarded-For as far as there are proxies of our own in front", async () => {
    await using instance = await startInstance(echo);
    const headers = { "X-Forwarded-For": "6.6.6.6, 203.0.113.9" };
    await using strict = await startGateway([instance.url]);
    const alone = await strict.request("GET", "/api/items", { token: strict.token, headers });
    expect(alone.body.headers["x-forwarded-for"]).toBe("127.0.0.1");
    await using behind = await startGateway([instance.url], { trustedProxyHops: 1 });
    const proxied = await behind.request("GET", "/api/items", { token: behind.token, headers });
    expect(proxied.body.headers["x-forwarded-for"]).toBe("203.0.113.9, 127.0.0.1");
  });

  it.each(["/internal/faults", "/metrics", "/api", "/api/orderss", "/"])("%s does not pass", async (path) => {
    await using instance = await startInstance(echo);
    await using gateway = await startGateway([instance.url]);
    const answer = await gateway.request("GET", path, { token: gateway.token });
    expect(answer).toMatchObject({ status: 404, body: { code: "request.unknown_path" } });
    expect(instance.requests).toEqual([]);
  });
});

describe("streaming", () => {
  it("an answer arrives piece by piece, while the service is still writing", async () => {
    let finish = (): void => {};
    await using instance = await startInstance((_req, res) => {
      res.write("first");
      finish = () => void res.end("last");
    });
    await using gateway = await startGateway([instance.url]);
    const headers = { authorization: `Bearer ${gateway.token}` };
    const response = await fetch(`${gateway.url}/api/orders`, { headers });
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("first");
    finish();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("last");
  });

  // Red when: relay() pipes the answer without pipeline.
  it("an answer that breaks off breaks off for the client, too", async () => {
    await using instance = await startInstance((_req, res) => {
      res.writeHead(200, { "content-length": "100" });
      res.write("part", () => res.destroy());
    });
    await using gateway = await startGateway([instance.url]);
    await expect(gateway.request("GET", "/api/orders", { token: gateway.token })).rejects.toThrow();
  });

  // Red when: #onClose does not end the exchange.
  it("a client that goes away takes its request with it, and nobody is blamed", async () => {
    const started = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    await using instance = await startInstance((req) => {
      req.once("close", () => gone.resolve());
      started.resolve();
    });
    await using gateway = await startGateway([instance.url], {
      ejection: { failuresMax: 1, ejectionMs: 60_000, ejectionMsMax: 60_000 },
    });
    const abort = new AbortController();
    const answer = gateway.request("GET", "/api/orders", { token: gateway.token, signal: abort.signal });
    const refused = expect(answer).rejects.toThrow();
    await started.promise;
    abort.abort();
    await gone.promise;
    await refused;
    const { body } = await gateway.request("GET", "/health");
    expect(body.checks["core-erp:instances"][0]).toMatchObject({ observedValue: 1, status: "pass" });
  });
});

describe("bounds", () => {
  it("a body announced as too large is refused before the service hears of it", async () => {
    await using instance = await startInstance(echo);
    await using gateway = await startGateway([instance.url], { bodyLimitBytes: 10 });
    const answer = await gateway.request("POST", "/api/orders", {
      token: gateway.token,
      body: "x".repeat(11),
    });
    expect(answer).toMatchObject({
      status: 413,
      body: { code: "request.too_large", details: { limitBytes: 10 } },
    });
    expect(instance.requests).toEqual([]);
  });

  // Red when: `readBody` only looks at the announced length.
  it("a body of unknown length is cut off at the limit", async () => {
    await using instance = await startInstance(echo);
    await using gateway = await startGateway([instance.url], { bodyLimitBytes: 10 });
    const client = httpRequest(`${gateway.url}/api/orders`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.token}`, "transfer-encoding": "chunked" },
    });
    client.write("x".repeat(11));
    const [response] = await once(client, "response");
    expect(response.statusCode).toBe(413);
    expect(response.headers.connection).toBe("close");
    response.resume();
    client.destroy();
  });

  it("exactly at the limit passes", async () => {
    await using instance = await startInstance(echo);
    await using gateway = await startGateway([instance.url], { bodyLimitBytes: 10 });
    expect(
      (await gateway.request("POST", "/api/orders", { token: gateway.token, body: "x".repeat(10) })).status,
    ).toBe(200);
  });

  // Red when: the deadline of an attempt is not set.
  it("a service that does not answer in time is a 504", async () => {
    await using instance = await startInstance(() => {});
    await using gateway = await startGateway([instance.url], { deadlineMs: 50 });
    const answer = await gateway.request("GET", "/api/orders", { token: gateway.token });
    expect(answer).toMatchObject({ status: 504, body: { code: "gateway.upstream_timeout" } });
    expect(instance.requests).toHaveLength(1);
  });

  // Red when: `respond` does not have the connections of an instance forgotten that went silent.
  it("a service whose kept connections went silent costs one request, not one for each connection", async () => {
    const silent = new Set<Socket>();
    await using instance = await startInstance(async (req, res) => {
      // Both requests of the beginning are under way together, so that two connections are kept.
      if (!silent.has(req.socket)) await sleep(30);
      if (!silent.has(req.socket)) echo(req, res);
    });
    await using gateway = await startGateway([instance.url], { deadlineMs: 300 });
    const read = async () => (await gateway.request("GET", "/api/orders", { token: gateway.token })).status;
    expect(await Promise.all([read(), read()])).toEqual([200, 200]);
    for (const { socket } of instance.requests) silent.add(socket);
    expect(silent.size).toBe(2);
    expect([await read(), await read()]).toEqual([504, 200]);
  });

  it("a service that stops in the middle of an answer does not hold the client", async () => {
    await using instance = await startInstance((_req, res) => void res.write("part"));
    await using gateway = await startGateway([instance.url], { deadlineMs: 50 });
    await expect(gateway.request("GET", "/api/orders", { token: gateway.token })).rejects.toThrow();
  });

  it("a client that stops in the middle of its body is a 408, and nobody else is blamed", async () => {
    await using instance = await startInstance(echo);
    await using gateway = await startGateway([instance.url], { deadlineMs: 50 });
    const client = startBody(gateway, 10);
    client.write("x");
    const [response] = await once(client, "response");
    expect(response.resume().statusCode).toBe(408);
    client.destroy();
  });

  // Red when: a connection to the service is taken before the body is here.
  it("clients that send slowly, however many, keep no other from the service", async () => {
    await using instance = await startInstance(echo);
    await using gateway = await startGateway([instance.url]);
    const slow = Array.from({ length: 300 }, () => startBody(gateway, 10));
    await Promise.all(slow.map((client) => new Promise((resolve) => client.write("x", resolve))));
    const answer = await gateway.request("POST", "/api/orders", { token: gateway.token, body: "quick" });
    expect(answer.status).toBe(200);
    expect(instance.requests).toHaveLength(1);
    for (const client of slow) client.end("x".repeat(9));
    const answers = await Promise.all(slow.map((client) => once(client, "response")));
    expect(new Set(answers.map(([response]) => response.resume().statusCode))).toEqual(new Set([200]));
  });

  // Red when: `close` leaves an exchange open whose request was not read to its end.
  it("a service that answers before it has read the whole body holds no connection", async () => {
    await using instance = await startInstance((_req, res) => void res.writeHead(415).end());
    const size = 20_000_000;
    await using gateway = await startGateway([instance.url], { bodyLimitBytes: size });
    const token = gateway.token;
    const answer = await gateway.request("POST", "/api/orders", { token, body: "x".repeat(size) });
    expect(answer.status).toBe(415);
    const [request] = instance.requests;
    await expect.poll(() => request?.socket.destroyed, { timeout: 2_000 }).toBe(true);
  });

  it("what is not HTTP is answered as a problem, too", async () => {
    await using gateway = await startGateway([nowhere]);
    const socket = connect(gateway.port, "127.0.0.1");
    socket.write("NONSENSE\r\n\r\n");
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*problem\+json[\s\S]*request\.malformed_http/,
    );
  });
});
