import { describe, expect, it } from "vitest";
import { attributes, createDecoder, jsonSpan } from "./decode-fixture.ts";

const otelhttp = "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp";

function routeOf(name: string, path: string, scope: string, more: Record<string, unknown> = {}): unknown {
  const sent = { "http.request.method": "GET", "url.path": path, ...more };
  const spans = [jsonSpan({ name, kind: 2, attributes: attributes(sent) })];
  const document = { resourceSpans: [{ scopeSpans: [{ scope: { name: scope }, spans }] }] };
  const { batch } = createDecoder().json(document, "spans");
  return batch.kind === "spans" ? batch.spans[0]?.attributes["http.route"] : "refused";
}

describe("the route of a server span without http.route", () => {
  // Red when: acceptSpan no longer asks routeOfName.
  it.each([
    ["GET /orders/{id}", "/orders/7", otelhttp, "/orders/{id}"],
    ["GET /orders", "/orders", otelhttp, "/orders"],
    ["GET /api/v1/orders", "/api/v1/orders", otelhttp, "/api/v1/orders"],
    ["GET /oauth2/token", "/oauth2/token", otelhttp, "/oauth2/token"],
    ["GET /orders/:id", "/orders/7", "any", "/orders/:id"],
    ["GET /orders/<int:id>", "/orders/7", "any", "/orders/<int:id>"],
  ])("stands in its name %s", (name, path, scope, route) => {
    expect(routeOf(name, path, scope)).toBe(route);
  });

  // Red when: routeOfName takes every name that begins with the method.
  it.each([
    ["GET /orders", "/orders", "any"],
    ["GET /users/ann", "/users/ann", "any"],
    ["GET /orders/7", "/orders/7", otelhttp],
    ["GET /files/order-4711", "/files/order-4711", otelhttp],
    ["GET /files/5f3a9c0d1b2e4", "/files/5f3a9c0d1b2e4", otelhttp],
    ["GET /a/{b}", "/a/{b}", "any"],
    ["GET", "/orders", otelhttp],
    ["GET /orders?page=2", "/orders", otelhttp],
    ["orders", "/orders", otelhttp],
  ])("is not known where its name %s may be a path, or none", (name, path, scope) => {
    expect(routeOf(name, path, scope)).toBeUndefined();
  });

  it("gives way to the attribute", () => {
    expect(routeOf("GET /a/{id}", "/b/7", otelhttp, { "http.route": "/b/{id}" })).toBe("/b/{id}");
  });
});
