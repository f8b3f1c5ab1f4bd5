import { createApp } from "@kontor/kit/http/create-app";
import { defineRoute, type Route } from "@kontor/kit/http/route";
import { createLogger } from "@kontor/kit/logger";
import { startApp } from "@kontor/kit/testing/http-client";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { nowhere, startGateway } from "../start-gateway.ts";

function route(path: string, id: string): Route {
  return defineRoute({
    method: "get",
    path,
    summary: path,
    access: "public",
    responses: { 200: z.object({ name: z.string() }).meta({ id }) },
    handle: async () => ({ name: "x" }),
  });
}

function startService(routes: Route[]) {
  const logger = createLogger({ service: "test", level: "silent" });
  return startApp(createApp({ service: "test", version: "1", logger, routes, health: [] }));
}

describe("/openapi.json of the gateway", () => {
  it("holds what passes, from all services that are there, and nothing internal", async () => {
    await using auth = await startService([route("/api/auth/me", "Account")]);
    await using erp = await startService([
      route("/api/orders/:id", "Order"),
      route("/internal/faults", "Fault"),
    ]);
    await using gateway = await startGateway([], {
      urls: { auth: [nowhere, auth.url], "core-erp": [erp.url], notification: [nowhere] },
    });
    const { body } = await gateway.request("GET", "/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    expect(Object.keys(body.paths)).toEqual(["/api/auth/me", "/api/orders/{id}"]);
    // Red when: the documents of the services are merged as they are: a client of the gateway is not told of its limits.
    const answers = body.paths["/api/orders/{id}"].get.responses;
    expect(Object.keys(answers)).toEqual(["200", "408", "413", "429", "502", "503", "504", "default"]);
    expect(Object.keys(answers["429"].headers)).toEqual(["Retry-After", "RateLimit", "RateLimit-Policy"]);
    expect(Object.keys(body.components.schemas)).toEqual(
      expect.arrayContaining(["Account", "Order", "Problem"]),
    );
  });

  // Red when: only what answers at the moment is merged.
  it("still holds the routes of a service that went away", async () => {
    await using auth = await startService([route("/api/auth/me", "Account")]);
    const erp = await startService([route("/api/orders/:id", "Order")]);
    await using gateway = await startGateway([], {
      urls: { auth: [auth.url], "core-erp": [erp.url], notification: [nowhere] },
    });
    const read = async () => Object.keys((await gateway.request("GET", "/openapi.json")).body.paths);
    const before = await read();
    await erp[Symbol.asyncDispose]();
    expect(await read()).toEqual(before);
    expect(before).toContain("/api/orders/{id}");
  });

  it("a service that answers something else is left out", async () => {
    await using erp = await startApp(
      createApp({
        service: "test",
        version: "1",
        logger: createLogger({ service: "test", level: "silent" }),
        routes: [],
        health: [],
        openApi: { title: "x", document: async () => ({ nonsense: true }) },
      }),
    );
    await using gateway = await startGateway([erp.url]);
    expect((await gateway.request("GET", "/openapi.json")).body.paths).toEqual({});
  });
});
