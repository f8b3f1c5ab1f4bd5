import { describe, expect, it } from "vitest";
import { compileRules } from "../../../src/rules/compile-rules.ts";
import { evaluateRules } from "../../../src/rules/evaluate-rules.ts";
import type { Subject } from "../../../src/signals/subject.ts";
import { createInfluxdbSource, createPrometheusSource } from "../../../src/store/sources/server-source.ts";
import { readGood } from "../../config/read.ts";
import { openFakeServer } from "./fake-server.ts";

const nothing = '{"status":"success","data":{"resultType":"vector","result":[]}}';
const options = { nowMs: Date.now, deadlineMs: 30_000 };
const access = { organisation: "kontor", bucket: "telemetry", token: "secret-token" };

const sources = {
  prometheus: (url: string) => createPrometheusSource({ url }, options),
  influxdb: (url: string) => createInfluxdbSource({ ...access, url }, options),
};

const configuration = readGood({ defaults: { latencyP95MsMax: 500, errorRatioMax: 0.02 } });

const seen = (routes: number): Subject[] =>
  Array.from({ length: routes }, (_, index) => ({
    ...{ environment: "default", namespace: "", service: `shop-${index % 16}`, route: `GET /${index}` },
  }));

describe("the queries of a tick", () => {
  // Red when: evaluateRules reads for each rule in place of each group.
  it.each(["prometheus", "influxdb"] as const)("are as many for 10,000 rules as for 10: %s", async (name) => {
    await using server = await openFakeServer((response) => response.end(name === "influxdb" ? "" : nothing));
    const source = sources[name](server.url);
    const counts: number[] = [];
    for (const routes of [5, 500, 5_000]) {
      const rules = compileRules(configuration, seen(routes));
      expect(rules.rules).toHaveLength(routes * 2);
      const before = server.requests.length;
      const judgements = await evaluateRules(rules, source, Date.now());
      expect(judgements).toHaveLength(routes * 2);
      expect(judgements.filter(({ verdict }) => verdict.state === "error")).toEqual([]);
      counts.push(server.requests.length - before);
    }
    expect(counts).toEqual([2, 2, 2]);
  });
});
