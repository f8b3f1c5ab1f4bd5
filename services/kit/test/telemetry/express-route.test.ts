import { describe, expect, it } from "vitest";
import { toHttpRoute } from "../../src/telemetry/express-route-instrumentation.ts";

describe("toHttpRoute", () => {
  it.each([
    ["", "/api/orders/:id", "/api/orders/:id"],
    ["/api", "/orders", "/api/orders"],
    ["", "/api/orders{/*rest}", "/api/orders/*"],
    ["", "/*all", "/*"],
  ])("%j + %j is %j", (baseUrl, path, expected) => {
    expect(toHttpRoute(baseUrl, path)).toBe(expected);
  });
});
