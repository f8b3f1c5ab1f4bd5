import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { echo, nowhere, startGateway, startInstance, type TestGateway } from "../start-gateway.ts";

async function statuses(
  gateway: TestGateway,
  count: number,
  method = "GET",
  body?: object,
): Promise<number[]> {
  const results: number[] = [];
  for (let request = 0; request < count; request++) {
    results.push((await gateway.request(method, "/api/orders", { token: gateway.token, body })).status);
  }
  return results;
}

describe("several instances", () => {
  it("take turns", async () => {
    await using one = await startInstance(echo);
    await using two = await startInstance(echo);
    await using gateway = await startGateway([one.url, two.url]);
    await statuses(gateway, 10);
    expect([one.requests.length, two.requests.length]).toEqual([5, 5]);
  });

  // Red when: #retryOrThrow never retries.
  it.each(["GET", "POST"])(
    "one that is away costs no %s: it was never sent, so it goes to the other",
    async (method) => {
      await using alive = await startInstance(echo);
      await using gateway = await startGateway([nowhere, alive.url]);
      const body = method === "POST" ? { quantity: 1 } : undefined;
      expect(new Set(await statuses(gateway, 10, method, body))).toEqual(new Set([200]));
    },
  );

  it("one that fails again and again is left out, which health shows as a warning", async () => {
    await using alive = await startInstance(echo);
    await using broken = await startInstance((_req, res) => void res.writeHead(503).end());
    await using gateway = await startGateway([broken.url, alive.url]);
    const seen = await statuses(gateway, 20);
    expect(seen.filter((status) => status === 503)).toHaveLength(3);
    expect(seen.slice(-10)).toEqual(Array(10).fill(200));
    const { status, body } = await gateway.request("GET", "/health");
    expect([status, body.status]).toEqual([200, "warn"]);
    expect(body.checks["core-erp:instances"][0]).toMatchObject({
      observedValue: 1,
      output: "1 of 2 ejected",
    });
  });

  // Red when: an answer of 500 counts as a failure of the instance.
  it("an instance is not blamed for failures of single requests", async () => {
    await using buggy = await startInstance((_req, res) => void res.writeHead(500).end());
    await using gateway = await startGateway([buggy.url]);
    await statuses(gateway, 10);
    const { body } = await gateway.request("GET", "/health");
    expect(body.checks["core-erp:instances"][0]).toMatchObject({ observedValue: 1, status: "pass" });
  });

  it("one that dies under load costs no idempotent request", async () => {
    await using staying = await startInstance(echo);
    await using dying = await startInstance((req, res) => void setImmediate(() => echo(req, res)));
    await using gateway = await startGateway([staying.url, dying.url]);
    const load = Promise.all(Array.from({ length: 8 }, () => statuses(gateway, 40)));
    while (dying.requests.length < 20) await once(dying.server, "request");
    await dying[Symbol.asyncDispose]();
    expect((await load).flat().filter((status) => status !== 200)).toEqual([]);
  });
});

describe("a request that may have been acted upon", () => {
  /** Takes the request and breaks the connection without an answer. */
  const breakOff = () =>
    startInstance((req, _res) => void req.resume().on("end", () => req.socket.destroy()));

  // Red when: mayRepeat no longer looks at the method.
  it("is not sent twice when it is not idempotent", async () => {
    await using broken = await breakOff();
    await using gateway = await startGateway([broken.url, broken.url]);
    const answer = await gateway.request("POST", "/api/orders", { token: gateway.token, body: {} });
    expect(answer).toMatchObject({ status: 502, body: { code: "gateway.upstream_failed" } });
    expect(broken.requests).toHaveLength(1);
  });

  it("is sent once more, and only once, when it is idempotent", async () => {
    await using broken = await breakOff();
    await using gateway = await startGateway([broken.url, broken.url]);
    expect((await gateway.request("GET", "/api/orders", { token: gateway.token })).status).toBe(502);
    expect(broken.requests).toHaveLength(2);
    await using working = await startInstance(echo);
    await using other = await startGateway([broken.url, working.url]);
    const put = { token: other.token, body: { note: "again" } };
    for (let n = 0; n < 2; n++) {
      const { status, body } = await other.request("PUT", "/api/orders/7", put);
      expect([status, body.body]).toEqual([200, '{"note":"again"}']);
    }
    expect(broken.requests.length).toBeGreaterThan(2);
  });

  // Red when: tryRetry() is not asked.
  it("retries stay within a fifth of the requests and the reserve, whatever breaks", async () => {
    await using broken = await breakOff();
    await using gateway = await startGateway([broken.url, broken.url]);
    await statuses(gateway, 100);
    expect(broken.requests.length).toBeLessThanOrEqual(100 + 20 + 10);
  });

  it("goes to the same instance again when that had just closed a kept connection", async () => {
    await using instance = await startInstance(echo);
    await using gateway = await startGateway([instance.url]);
    expect(await statuses(gateway, 1)).toEqual([200]);
    for (let round = 0; round < 5; round++) {
      instance.server.closeIdleConnections();
      expect(await statuses(gateway, 1)).toEqual([200]);
    }
  });
});

describe("no instance at all", () => {
  it("is a 503 that names the service and says when to come back", async () => {
    await using gateway = await startGateway([nowhere]);
    const answer = await gateway.request("POST", "/api/orders", { token: gateway.token, body: {} });
    expect(answer).toMatchObject({
      status: 503,
      body: { code: "gateway.upstream_unavailable", details: { upstream: "core-erp" } },
    });
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(JSON.stringify(answer.body)).not.toContain("127.0.0.1");
  });

  it("of one service leaves the others, and the gateway's own readiness, alone", async () => {
    await using auth = await startInstance(echo);
    await using gateway = await startGateway([nowhere], {
      urls: { auth: [auth.url], "core-erp": [nowhere], notification: [nowhere] },
    });
    await statuses(gateway, 5);
    expect((await gateway.request("POST", "/api/auth/login", { body: {} })).status).toBe(200);
    expect((await gateway.request("GET", "/health/ready")).status).toBe(200);
  });
});

describe("a service without its database", () => {
  // Red when: toClientHeaders drops Retry-After, or an ejected only instance is not asked any more.
  it("answers for itself: its 503 passes as it is, and it is asked again however often it failed", async () => {
    const problem = { type: "urn:kontor:problem:postgres.away", status: 503, code: "postgres.away" };
    const headers = { "content-type": "application/problem+json", "retry-after": "1" };
    await using service = await startInstance(
      (_req, res) => void res.writeHead(503, headers).end(JSON.stringify(problem)),
    );
    await using gateway = await startGateway([service.url]);
    for (let round = 1; round <= 6; round++) {
      const answer = await gateway.request("GET", "/api/orders", { token: gateway.token });
      expect(answer).toMatchObject({ status: 503, body: problem });
      expect(answer.headers.get("retry-after")).toBe("1");
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      expect(service.requests).toHaveLength(round);
    }
  });
});
