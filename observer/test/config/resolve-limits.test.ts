import { describe, expect, it } from "vitest";
import { type Configuration, limitsFor } from "../../src/config/configuration.ts";
import type { LimitKeyName } from "../../src/config/limit-keys.ts";
import { readGood } from "./read.ts";

function limitOf(configuration: Configuration, key: LimitKeyName, service: string, route?: string) {
  return limitsFor(configuration, service, route).find((limit) => limit.key === key);
}

describe("a limit", () => {
  const configuration = readGood({
    defaults: {
      latencyP95MsMax: { limit: 500, clear: 400, forSeconds: 7, severity: "info" },
      minRequests: 50,
      cpuRatioMax: { forSeconds: 30 },
    },
    services: {
      shop: {
        keepFiringSeconds: 99,
        cpuRatioMax: 0.5,
        endpoints: {
          "POST /orders": { latencyP95MsMax: 800 },
          "GET /orders": { latencyP95MsMax: { clear: 100 } },
          "GET /export": { latencyP95MsMax: null },
        },
      },
    },
  });

  // Red when: resolveLimit takes all fields from the level that holds the limit.
  it("takes each field from the nearest place that names it", () => {
    expect(limitOf(configuration, "latencyP95MsMax", "shop", "POST /orders")).toMatchObject({
      limit: 800,
      forSeconds: 7,
      severity: "info",
      minRequests: 50,
      keepFiringSeconds: 99,
      windowSeconds: 30,
      path: 'services.shop.endpoints["POST /orders"].latencyP95MsMax',
    });
  });

  it("does not inherit the clear of another limit", () => {
    expect(limitOf(configuration, "latencyP95MsMax", "shop", "POST /orders")?.clear).toBe(720);
  });

  it("can be given another clear alone", () => {
    expect(limitOf(configuration, "latencyP95MsMax", "shop", "GET /orders")).toMatchObject({
      limit: 500,
      clear: 100,
    });
  });

  it("is switched off by null for one endpoint only", () => {
    expect(limitOf(configuration, "latencyP95MsMax", "shop", "GET /export")).toBeUndefined();
    expect(limitOf(configuration, "latencyP95MsMax", "shop", "GET /other")?.limit).toBe(500);
  });

  it("of defaults holds for services that the file does not name", () => {
    expect(limitOf(configuration, "latencyP95MsMax", "stranger", "GET /x")).toMatchObject({
      limit: 500,
      clear: 400,
    });
  });

  it("may get its fields further out than any limit stands", () => {
    expect(limitOf(configuration, "cpuRatioMax", "shop")).toMatchObject({
      limit: 0.5,
      forSeconds: 30,
      minRequests: 1,
    });
    expect(limitOf(configuration, "cpuRatioMax", "stranger")).toBeUndefined();
  });

  it.each<[LimitKeyName, number, number]>([
    ["latencyP95MsMax", 500, 450],
    ["cpuRatioMax", 0.7, 0.63],
    ["databasePoolPendingMax", 0, 0],
    ["availabilityRatioMin", 0.9, 0.91],
    ["availabilityRatioMin", 1, 1],
    ["requestsPerSecondMin", 9, 10],
  ])("%s of %d clears at %d where nothing else is said", (key, limit, clear) => {
    const single = readGood({ services: { shop: { healthUrl: "http://shop/", [key]: limit } } });
    expect(limitOf(single, key, "shop", key.startsWith("latency") ? "GET /x" : undefined)?.clear).toBe(clear);
  });
});

describe("severity", () => {
  const severityOf = (services: object, key: LimitKeyName, route?: string) =>
    limitOf(readGood({ defaults: { latencyP95MsMax: 500, cpuRatioMax: 0.7 }, services }), key, "shop", route)
      ?.severity;

  it("is critical for symptoms of what is critical, and a warning for causes", () => {
    expect(severityOf({ shop: { critical: true } }, "latencyP95MsMax", "GET /x")).toBe("critical");
    expect(severityOf({ shop: { critical: true } }, "cpuRatioMax")).toBe("warning");
    expect(severityOf({ shop: {} }, "latencyP95MsMax", "GET /x")).toBe("warning");
  });

  it("follows the endpoint before its service, and words before both", () => {
    const endpoints = { "GET /x": { critical: false }, "GET /y": { severity: "info" } };
    expect(severityOf({ shop: { critical: true, endpoints } }, "latencyP95MsMax", "GET /x")).toBe("warning");
    expect(severityOf({ shop: { critical: true, endpoints } }, "latencyP95MsMax", "GET /y")).toBe("info");
  });
});

describe("availability", () => {
  it("has no limit where nobody polls", () => {
    const configuration = readGood({
      defaults: { availabilityRatioMin: 0.9 },
      services: { polled: { healthUrl: "http://a/" }, silent: {} },
    });
    expect(limitOf(configuration, "availabilityRatioMin", "polled")?.limit).toBe(0.9);
    expect(limitOf(configuration, "availabilityRatioMin", "silent")).toBeUndefined();
    expect(limitOf(configuration, "availabilityRatioMin", "stranger")).toBeUndefined();
  });
});
