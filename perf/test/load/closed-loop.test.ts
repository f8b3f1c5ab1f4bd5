import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { runClosedLoop } from "../../src/load/closed-loop.ts";
import { scenarioOf, serve } from "./serve.ts";

const reading = { name: "read", weight: 1, steps: [{ request: "GET /" }] };

describe("load in closed loop", () => {
  it("keeps so many requests under way as there are connections, never more", async () => {
    let underWay = 0;
    let most = 0;
    await using server = await serve(async (_request, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(20);
      underWay -= 1;
      response.end("{}");
    });
    const options = { baseUrl: server.url, scenario: scenarioOf({ flows: [reading] }) };
    const result = await runClosedLoop({ ...options, connections: 3, durationSeconds: 1 });
    expect(most).toBe(3);
    expect(result).toMatchObject({ connections: 3, total: { failures: 0 } });
    expect(result.total.p50Ms).toBeGreaterThanOrEqual(19);
    expect(result.requestsPerSecond).toBeCloseTo(result.total.requests / result.seconds, 5);
    expect(result.flowsPerSecond).toBeCloseTo(result.requestsPerSecond, 5);
  });

  // Red when: two connections share a player, or a player forgets what a step saved.
  it("plays the steps of each connection's flows in order, with what their own answers gave", async () => {
    const wrong: string[] = [];
    let orders = 0;
    await using server = await serve(async (request, response) => {
      const { authorization = "-" } = request.headers;
      if (request.url !== "/login" && authorization !== "Bearer t1")
        wrong.push(`${request.url} ${authorization}`);
      let body = "";
      for await (const chunk of request) body += chunk;
      if (request.method === "POST" && request.url === "/orders" && body !== '{"a":1}') wrong.push(body);
      orders += 1;
      response.setHeader("x-path", request.url ?? "").end(JSON.stringify({ token: "t1", id: `o${orders}` }));
      const [, read] = /^\/orders\/(.*)\?q=x\+y$/.exec(request.url ?? "") ?? [];
      if (request.method === "GET" && read === undefined) wrong.push(`GET ${request.url}`);
      if (read !== undefined && !placed.delete(read)) wrong.push(`${read} was not placed`);
      if (request.url === "/orders") placed.add(`o${orders}`);
    });
    const placed = new Set<string>();
    const headers = { authorization: "Bearer {{token}}" };
    const steps = [
      { request: "POST /orders", headers, body: { a: 1 }, save: { id: "id" } },
      { request: "GET /orders/{{id}}", headers, query: { q: "x y" } },
    ];
    const setup = [{ request: "POST /login", save: { token: "token" } }];
    const scenario = scenarioOf({ setup, flows: [{ name: "order", weight: 1, steps }] });
    const result = await runClosedLoop({ baseUrl: server.url, scenario, connections: 4, durationSeconds: 1 });
    expect(wrong).toEqual([]);
    expect(result.total.failures).toBe(0);
    expect(result.routes.map(({ route }) => route)).toEqual(["GET /orders/{{id}}", "POST /orders"]);
    expect(result.flowsPerSecond).toBeGreaterThan(1);
    // Each flow has two requests; those under way at the end are not played out.
    expect(
      Math.abs(result.flowsPerSecond * 2 - result.requestsPerSecond) * result.seconds,
    ).toBeLessThanOrEqual(4);
  });

  it("counts wrong statuses, lacking values and lost connections as failures, and goes on", async () => {
    await using server = await serve((request, response) => {
      if (request.url === "/lost") request.socket.destroy();
      else response.writeHead(request.url === "/wrong" ? 500 : 200).end("{}");
    });
    const flows = ["GET /wrong", "GET /lost", "GET /lacks"].map((request) => ({
      name: request,
      weight: 1,
      steps: [{ request, save: { id: "id" } }, { request: "GET /never" }],
    }));
    const options = { baseUrl: server.url, scenario: scenarioOf({ flows }) };
    const { routes, total, flowsPerSecond } = await runClosedLoop({
      ...options,
      ...{ connections: 2, durationSeconds: 1 },
    });
    expect(total.requests).toBeGreaterThan(10);
    expect([total.failures, flowsPerSecond]).toEqual([total.requests, 0]);
    expect(routes.map(({ route }) => route)).toEqual(["GET /lacks", "GET /lost", "GET /wrong"]);
    expect(routes.map(({ statuses }) => Object.keys(statuses))).toEqual([["200"], ["0"], ["500"]]);
  });

  it("measures nothing when the setup fails, and stops early when told so", async () => {
    await using server = await serve((request, response) => {
      response.writeHead(request.url === "/login" ? 401 : 200).end("no");
    });
    const options = { baseUrl: server.url, connections: 2, durationSeconds: 60 };
    const refused = scenarioOf({ setup: [{ request: "POST /login" }], flows: [reading] });
    await expect(runClosedLoop({ ...options, scenario: refused })).rejects.toThrow(
      "POST /login of the setup was answered 401: no",
    );
    const scenario = scenarioOf({ flows: [reading] });
    const stopped = await runClosedLoop({ ...options, scenario, signal: AbortSignal.timeout(300) });
    expect(stopped.total.requests).toBeGreaterThan(0);
    expect(stopped.seconds).toBeLessThan(30);
  });
});
