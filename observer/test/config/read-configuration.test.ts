import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitsFor } from "../../src/config/configuration.ts";
import { readConfiguration } from "../../src/config/read-configuration.ts";
import { readBad, readGood } from "./read.ts";

describe("one mistake", () => {
  const service = (content: object) => ({ services: { shop: content } });
  const endpoint = (content: object) => service({ endpoints: content });

  // What is written, the path, what is said of it, and the suggestion.
  const rows: readonly [string, object | string, string, RegExp, RegExp | undefined][] = [
    ["an unknown section", { service: {} }, "service", /unknown key/, /"services"/],
    [
      "a misspelt limit",
      { defaults: { latencyP95MaxMs: 5 } },
      "defaults.latencyP95MaxMs",
      /unknown/,
      /"latencyP95MsMax"/,
    ],
    [
      "snake case",
      { defaults: { cpu_ratio_max: 0.7 } },
      "defaults.cpu_ratio_max",
      /unknown/,
      /"cpuRatioMax"/,
    ],
    [
      "a misspelt field",
      service({ cpuRatioMax: { limt: 0.7 } }),
      "services.shop.cpuRatioMax.limt",
      /unknown/,
      /"limit"/,
    ],
    ["nothing near", { defaults: { quux: 1 } }, "defaults.quux", /unknown key/, undefined],
    [
      "a ratio above 1",
      { defaults: { errorRatioMax: 1.5 } },
      "defaults.errorRatioMax",
      /not allowed/,
      /0\.015/,
    ],
    [
      "a ratio in percent",
      { defaults: { cpuRatioMax: { limit: 70 } } },
      "defaults.cpuRatioMax.limit",
      /not allowed/,
      /^0\.7$/,
    ],
    [
      "a negative window",
      { defaults: { windowSeconds: -30 } },
      "defaults.windowSeconds",
      /not allowed/,
      undefined,
    ],
    [
      "a fraction where whole",
      { retention: { spansHours: 1.5 } },
      "retention.spansHours",
      /not allowed/,
      undefined,
    ],
    [
      "a number in quotes",
      { defaults: { memoryMbMax: "400" } },
      "defaults.memoryMbMax",
      /not allowed/,
      /400, without/,
    ],
    ["no number", { defaults: { memoryMbMax: true } }, "defaults.memoryMbMax", /not allowed/, undefined],
    [
      "an infinite number",
      '{"defaults":{"memoryMbMax":1e999}}',
      "defaults.memoryMbMax",
      /not allowed/,
      undefined,
    ],
    [
      "clear above a max",
      { defaults: { memoryMbMax: { limit: 4, clear: 5 } } },
      "defaults.memoryMbMax.clear",
      /wrong side/,
      undefined,
    ],
    [
      "clear below a min",
      service({ requestsPerSecondMin: { limit: 4, clear: 3 } }),
      "services.shop.requestsPerSecondMin.clear",
      /wrong side/,
      undefined,
    ],
    [
      "min above max",
      service({ requestsPerSecondMin: 9, requestsPerSecondMax: 8 }),
      "services.shop.requestsPerSecondMin",
      /contradicts services\.shop\.requestsPerSecondMax/,
      undefined,
    ],
    [
      "fields without a limit",
      service({ cpuRatioMax: { forSeconds: 5 } }),
      "services.shop.cpuRatioMax",
      /limits nothing/,
      undefined,
    ],
    [
      "minRequests without requests",
      service({ cpuRatioMax: { limit: 0.5, minRequests: 5 } }),
      "services.shop.cpuRatioMax.minRequests",
      /no meaning/,
      undefined,
    ],
    [
      "a misspelt severity",
      { defaults: { severity: "critcal" } },
      "defaults.severity",
      /not allowed/,
      /"critical"/,
    ],
    [
      "no space in an endpoint",
      endpoint({ "POST/api/orders": {} }),
      'services.shop.endpoints["POST/api/orders"]',
      /not an endpoint/,
      /"POST \/api\/orders"/,
    ],
    [
      "a small method",
      endpoint({ "get /x": {} }),
      'services.shop.endpoints["get /x"]',
      /not an endpoint/,
      /"GET \/x"/,
    ],
    [
      "a query in an endpoint",
      endpoint({ "GET /x?a=1": {} }),
      'services.shop.endpoints["GET /x?a=1"]',
      /not an endpoint/,
      /"GET \/x"/,
    ],
    ["a path alone", endpoint({ "/x": {} }), 'services.shop.endpoints["/x"]', /not an endpoint/, /"GET \/x"/],
    [
      "a service limit on an endpoint",
      endpoint({ "GET /x": { cpuRatioMax: 0.5 } }),
      'services.shop.endpoints["GET /x"].cpuRatioMax',
      /whole service/,
      /services\.shop\.cpuRatioMax/,
    ],
    [
      "an unknown dependency",
      service({ dependsOn: ["shpo"] }),
      "services.shop.dependsOn[0]",
      /not a service/,
      /"shop"/,
    ],
    [
      "a circle",
      { services: { a: { dependsOn: ["b"] }, b: {}, c: { dependsOn: ["c"] } } },
      "services.c.dependsOn[0]",
      /in turn/,
      undefined,
    ],
    ["no URL", service({ healthUrl: "shop/health" }), "services.shop.healthUrl", /not an http/, undefined],
    [
      "a missing variable",
      service({ healthUrl: `http://\${HOST}/` }),
      "services.shop.healthUrl",
      /needs HOST/,
      /HOST:-/,
    ],
    [
      "availability without polls",
      service({ availabilityRatioMin: 0.9 }),
      "services.shop.availabilityRatioMin",
      /never has data/,
      undefined,
    ],
    [
      "a receiver without a name",
      { alerts: { receivers: [{ type: "bus" }] } },
      "alerts.receivers[0].name",
      /missing/,
      undefined,
    ],
    [
      "a receiver of no type",
      { alerts: { receivers: [{ name: "a", type: "bsu" }] } },
      "alerts.receivers[0].type",
      /not allowed/,
      /"bus"/,
    ],
    [
      "two receivers of one name",
      {
        alerts: {
          receivers: [
            { name: "a", type: "bus" },
            { name: "a", type: "smtp" },
          ],
        },
      },
      "alerts.receivers[1].name",
      /twice/,
      undefined,
    ],
    [
      "a quiet time beyond the age",
      { traceBuffer: { quietMs: 9000, ageMsMax: 8000 } },
      "traceBuffer.quietMs",
      /more than/,
      undefined,
    ],
    ["a service that is no object", { services: { shop: 3 } }, "services.shop", /not allowed/, undefined],
    ["a list as file", "[]", "", /not allowed/, undefined],
    [
      "a key twice",
      '{"defaults":{"windowSeconds":1,"windowSeconds":2}}',
      "defaults.windowSeconds",
      /twice, first in line 1/,
      undefined,
    ],
    [
      "a key that is none",
      '{"services":{"__proto__":{}}}',
      "services.__proto__",
      /cannot be a name/,
      undefined,
    ],
    ["a comment", "{} // why", "", /comments/, undefined],
    ["a trailing comma", '{"defaults":{},}', "", /remove the comma/, undefined],
    ["single quotes", "{'defaults':{}}", "", /single quotes/, undefined],
    ["UTF-16", Buffer.from("\uFEFF{}", "utf16le").toString("utf8"), "", /not UTF-8/, undefined],
    ["an empty file", "", "", /not JSON/, undefined],
    ["half a file", '{"defaults":', "", /not JSON/, undefined],
  ];

  it.each(rows)("%s is told once, with its path and a way out", (_, input, path, message, suggestion) => {
    const problems = readBad(input);
    expect(problems.map((problem) => problem.path)).toEqual(problems.map(() => path));
    expect(problems[0]?.message).toMatch(message);
    expect(problems[0]?.allowed).not.toBe("");
    if (suggestion === undefined) expect(problems[0]?.suggestion).toBeUndefined();
    else expect(problems[0]?.suggestion).toMatch(suggestion);
  });
});

describe("many mistakes", () => {
  // Red when: `salvage` is left out of readConfiguration, so that contradictions wait for the shape to be in order.
  it("are all told at once, in the order of the file, contradictions among them", () => {
    const text = [
      "{",
      '  "defaults": { "errorRatioMax": 2, "latencyP95MsMax": { "limit": 5, "clear": 6 } },',
      '  "service": {},',
      '  "services": {',
      '    "shop": { "dependsOn": ["till"], "endpoints": { "GET x": {} } },',
      '    "till": { "healthUrl": "nowhere" }',
      "  }",
      "}",
    ].join("\n");
    expect(readBad(text).map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual([
      "2:34 defaults.errorRatioMax",
      "2:79 defaults.latencyP95MsMax.clear",
      "3:3 service",
      '5:53 services.shop.endpoints["GET x"]',
      "6:28 services.till.healthUrl",
    ]);
  });

  // Red when: names are read from what salvage left, or one limit's fault makes every limit of its key doubtful.
  it("of form hide none of meaning, in the same list or under the same key either", () => {
    const problems = readBad({
      defaults: { latencyP95MsMax: { limit: 5, clear: 6 } },
      services: {
        "": {},
        shop: { dependsOn: ["till", 7, "tilll"], latencyP95MsMax: { limit: 5, clear: 9, fro: 1 } },
        till: { dependsOn: ["shop"], counters: { "9": {}, "http.server.request.duration": {} } },
        void: { healthUrl: `http://\${HOST}/`, cpuRatioMax: 3 },
      },
      alerts: {
        receivers: [
          { name: "a", type: "bus" },
          { name: "a", type: "bsu" },
        ],
      },
      reports: [
        { name: "w", schedule: "0 7 * * 1" },
        { name: "w", schedule: "0 25 * * 1" },
      ],
    });
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      "alerts.receivers[1].name",
      "alerts.receivers[1].type",
      "defaults.latencyP95MsMax.clear",
      "reports[1].name",
      "reports[1].schedule",
      "services.shop.dependsOn[0]",
      "services.shop.dependsOn[1]",
      "services.shop.dependsOn[2]",
      "services.shop.latencyP95MsMax.clear",
      "services.shop.latencyP95MsMax.fro",
      "services.till.counters.9",
      'services.till.counters["http.server.request.duration"]',
      "services.till.dependsOn[0]",
      "services.void.cpuRatioMax",
      "services.void.healthUrl",
      'services[""]',
    ]);
  });

  it("stand beside a key that stands twice, of whose values nothing is said", () => {
    const text = '{"services":{"a":{"x":1},"a":{"y":1},"ab":{"z":1}},"defaults":{"windowSeconds":0}}';
    expect(readBad(text).map(({ path }) => path)).toEqual([
      ...["services.a", "services.ab.z", "defaults.windowSeconds"],
    ]);
  });

  it("of commas are told at each comma", () => {
    const places = readBad('{"reports":[1,],\n"services":{"a":{} , } }').map((each) => [
      each.line,
      each.column,
    ]);
    expect(places).toEqual([
      [1, 14],
      [2, 20],
    ]);
  });

  it("do not lead to complaints that are only their consequence", () => {
    const problems = readBad({
      services: {
        shop: 3,
        till: { dependsOn: ["shop"], healthURL: "http://till/", availabilityRatioMin: 0.9 },
        bank: { healthUrl: 7, availabilityRatioMin: 0.9, memoryMbMax: { forSeconds: 5 } },
      },
      defaults: { cpuRatioMax: { limit: 70, clear: 0.5 }, memoryMBMax: 5 },
      traceBuffer: { quietMs: "none", ageMsMax: 1000 },
    });
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      ...["defaults.cpuRatioMax.limit", "defaults.memoryMBMax", "services.bank.healthUrl", "services.shop"],
      ...["services.till.healthURL", "traceBuffer.quietMs"],
    ]);
  });
});

describe("the shipped file", () => {
  it("is in order and holds the binding guidelines", async () => {
    const text = await readFile(new URL("../../../observer_config.json", import.meta.url), "utf8");
    const configuration = readGood(text);
    for (const name of ["gateway", "auth", "core-erp", "notification", "observer"]) {
      const limits = limitsFor(configuration, name);
      expect(configuration.services.get(name)?.healthUrl).toMatch(/^http:/);
      expect(limits.find(({ key }) => key === "cpuRatioMax")?.limit).toBe(0.7);
      expect(limits.map(({ key }) => key)).toEqual(
        expect.arrayContaining(["memoryMbMax", "availabilityRatioMin"]),
      );
    }
    const critical = [...configuration.services.values()]
      .flatMap(({ endpoints }) => [...endpoints.values()])
      .filter((endpoint) => endpoint.critical);
    expect(critical.length).toBeGreaterThan(0);
    for (const { limits } of critical) {
      expect(limits.find(({ key }) => key === "latencyP95MsMax")).toMatchObject({
        limit: 500,
        severity: "critical",
      });
    }
  });
});

describe("any input", () => {
  it("is answered and never thrown at", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((services) => JSON.stringify({ services, defaults: services })),
        ),
        (text) => {
          const reading = readConfiguration(text, { environment: {} });
          if (!reading.ok) expect(reading.problems.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("that is nested without end is refused instead of exhausting the stack", () => {
    expect(readBad("[".repeat(200_000))[0]?.message).toBe("nested too deeply");
  });
});
