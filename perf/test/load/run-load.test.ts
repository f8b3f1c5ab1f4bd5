import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { runLoad } from "../../src/load/run-load.ts";
import { toTable } from "../../src/load/to-table.ts";
import { scenarioOf, serve } from "./serve.ts";

const reading = { name: "read", weight: 1, steps: [{ request: "GET /" }] };

describe("load in open loop", () => {
  it("begins as many flows as asked, spread over the time", async () => {
    const arrivals: number[] = [];
    await using server = await serve((_request, response) => {
      arrivals.push(performance.now());
      response.end("{}");
    });
    const result = await runLoad({ baseUrl: server.url, scenario: scenarioOf({ flows: [reading] }) });
    expect(result).toMatchObject({ begun: 50, dropped: 0, total: { requests: 50, failures: 0 } });
    // A burst at the start of the second would put nearly all of them into its first half.
    const first = arrivals.filter((at) => at - (arrivals[0] ?? 0) < 500).length;
    expect(first).toBeGreaterThan(15);
    expect(first).toBeLessThan(35);
  });

  // Red when: `playFlow` measures the first step from when it was sent instead of from when it was due.
  it("measures from when a request was due, so that a stall shows in every request that waited", async () => {
    await using server = await serve((_request, response) => void response.end("{}"));
    const load = runLoad({ baseUrl: server.url, scenario: scenarioOf({ flows: [reading] }) });
    // Server and client share this thread: both stand still.
    setTimeout(() => {
      for (const until = performance.now() + 500; performance.now() < until; );
    }, 250);
    const { total } = await load;
    expect(total.requests).toBe(50);
    expect(total.maxMs).toBeGreaterThan(400);
    expect(total.p90Ms).toBeGreaterThan(200);
  });

  it("does not slow down when answers do", async () => {
    let underWay = 0;
    let most = 0;
    await using server = await serve(async (_request, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(800);
      underWay -= 1;
      response.end("{}");
    });
    const result = await runLoad({ baseUrl: server.url, scenario: scenarioOf({ flows: [reading] }) });
    expect(result.begun).toBe(50);
    // 50 a second, each for 0.8 s: whoever waits for answers has fewer under way.
    expect(most).toBeGreaterThan(20);
    expect(result.total.p50Ms).toBeGreaterThanOrEqual(790);
  });

  it("counts what it could not begin instead of forgetting it", async () => {
    await using server = await serve(async (_request, response) => {
      await sleep(500);
      response.end("{}");
    });
    const result = await runLoad({
      baseUrl: server.url,
      scenario: scenarioOf({ flows: [reading] }),
      maxInFlight: 5,
    });
    expect(result.dropped).toBeGreaterThan(20);
    expect(result.begun + result.dropped).toBe(50);
  });

  it("plays the steps of a flow in order, with what earlier answers gave", async () => {
    const seen: string[] = [];
    await using server = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? "-"}`);
      response.end(JSON.stringify({ token: "t1", id: seen.length }));
    });
    const steps = [
      {
        request: "POST /orders",
        headers: { authorization: "Bearer {{token}}" },
        body: { a: 1 },
        save: { id: "id" },
      },
      { request: "GET /orders/{{id}}", query: { q: "x y" } },
    ];
    const scenario = scenarioOf({
      flowsPerSecond: 1,
      setup: [{ request: "POST /login", save: { token: "token" } }],
      flows: [{ name: "order", weight: 1, steps }],
    });
    const result = await runLoad({ baseUrl: server.url, scenario });
    expect(seen).toEqual(["POST /login -", "POST /orders Bearer t1", "GET /orders/2?q=x+y -"]);
    expect(result.routes.map(({ route }) => route)).toEqual(["GET /orders/{{id}}", "POST /orders"]);
  });

  // Red when: `save` does not share what a step keeps.
  it("outlives its first token: what a step keeps, flows that begin later have", async () => {
    let valid = 0;
    await using server = await serve((request, response) => {
      if (request.url === "/token") valid += 1;
      const isRight = request.url === "/token" || request.headers.authorization === String(valid);
      response.writeHead(isRight ? 200 : 401).end(JSON.stringify({ token: String(valid) }));
    });
    const withToken = { request: "GET /", headers: { authorization: "{{token}}" } };
    const result = await runLoad({
      baseUrl: server.url,
      scenario: scenarioOf({
        setup: [{ request: "POST /token", save: { token: "token" } }],
        flows: [
          {
            name: "renew",
            weight: 1,
            steps: [{ request: "POST /token", keep: { token: "token" } }, withToken],
          },
          { name: "read", weight: 1, steps: [withToken] },
        ],
      }),
      // One flow after the other, so that no token ends while it is on its way.
      maxInFlight: 1,
    });
    expect(valid).toBeGreaterThan(5);
    expect(result.total.failures).toBe(0);
  });

  it("counts wrong statuses, lacking values and lost connections as failures, and ends such a flow", async () => {
    await using server = await serve((request, response) => {
      if (request.url === "/lost") request.socket.destroy();
      else response.writeHead(request.url === "/wrong" ? 500 : 200).end("{}");
    });
    const flows = ["GET /wrong", "GET /lost", "GET /lacks"].map((request) => ({
      name: request,
      weight: 1,
      steps: [{ request, save: { id: "id" } }, { request: "GET /never" }],
    }));
    const { routes, total } = await runLoad({ baseUrl: server.url, scenario: scenarioOf({ flows }) });
    expect(total.failures).toBe(50);
    expect(routes.map(({ route }) => route)).toEqual(["GET /lacks", "GET /lost", "GET /wrong"]);
    expect(routes.map(({ statuses }) => Object.keys(statuses))).toEqual([["200"], ["0"], ["500"]]);
  });

  it("measures nothing when the setup fails, and says why", async () => {
    await using server = await serve((_request, response) => void response.writeHead(401).end("no"));
    const scenario = scenarioOf({ setup: [{ request: "POST /login" }], flows: [reading] });
    await expect(runLoad({ baseUrl: server.url, scenario })).rejects.toThrow(
      "POST /login of the setup was answered 401: no",
    );
  });

  it("stops early when told so, with what was measured until then", async () => {
    await using server = await serve((_request, response) => void response.end("{}"));
    const scenario = scenarioOf({ durationSeconds: 60, flows: [reading] });
    const result = await runLoad({ baseUrl: server.url, scenario, signal: AbortSignal.timeout(300) });
    expect(result.total.requests).toBeGreaterThan(5);
    expect(result.seconds).toBeLessThan(5);
    expect(toTable(result)).toMatch(/^test: 50 flows\/s for \d/);
  });
});
