import { describe, expect, it } from "vitest";
import { findDeadThresholds } from "../../src/rules/find-dead-thresholds.ts";
import { readGood } from "../config/read.ts";
import { about } from "./subjects.ts";

const text = `{
  "defaults": { "latencyP95MsMax": 500, "queueDepthMax": 10 },
  "services": {
    "shop": { "endpoints": { "GET /order": {}, "GET /items": {} } },
    "tills": { "cpuRatioMax": 0.5 }
  }
}`;
const configuration = readGood(text);

describe("a dead threshold", () => {
  it("is a service or an endpoint that was never seen, with what it may have meant", () => {
    const subjects = [
      about("shop"),
      about("shop", "GET /orders"),
      about("shop", "GET /items"),
      about("till"),
    ];
    expect(findDeadThresholds(configuration, { subjects })).toEqual([
      {
        line: 4,
        column: 30,
        path: 'services.shop.endpoints["GET /order"]',
        message: "shop was seen, but no request of GET /order",
        suggestion: "GET /orders",
      },
      {
        line: 5,
        column: 5,
        path: "services.tills",
        message: "no service tills was seen",
        suggestion: "till",
      },
    ]);
  });

  it("is a limit for which no subject had data, but not one below a dead service", () => {
    const subjects = [about("shop", "GET /order"), about("shop", "GET /items")];
    const pathsWithData = new Set(["defaults.latencyP95MsMax"]);
    expect(findDeadThresholds(configuration, { subjects, pathsWithData }).map(({ path }) => path)).toEqual([
      "defaults.queueDepthMax",
      "services.tills",
    ]);
  });

  it("is nothing of a service that is optional, seen or not", () => {
    const optional = readGood({
      services: { collector: { optional: true, cpuRatioMax: 0.5, endpoints: { "GET /x": {} } } },
    });
    for (const subjects of [[], [about("collector")]]) {
      expect(findDeadThresholds(optional, { subjects, pathsWithData: new Set() })).toEqual([]);
    }
  });

  it("is nothing where all was seen", () => {
    const subjects = [about("shop", "GET /order"), about("shop", "GET /items"), about("tills")];
    expect(findDeadThresholds(configuration, { subjects })).toEqual([]);
  });
});
