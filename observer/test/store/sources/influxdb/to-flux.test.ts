import { describe, expect, it } from "vitest";
import { signalCatalogue } from "../../../../src/signals/catalogue.ts";
import { compileFlux } from "../../../../src/store/sources/influxdb/compile-flux.ts";
import { toFlux } from "../../../../src/store/sources/influxdb/to-flux.ts";

const atMs = Date.parse("2026-11-24T12:00:00.250Z");
const options = { bucket: "telemetry", atMs, windowSeconds: 30 };
const signals = Object.values(signalCatalogue);

/** Names of the results that a query yields. */
function resultsOf(query: string): string[] {
  return [...query.matchAll(/yield\(name: "([^"]+)"\)/g)].map(([, name]) => name ?? "");
}

describe("a signal in Flux", () => {
  it.each(signals)("$name is one query of results with names of their own", (signal) => {
    const { query, windows } = toFlux(signal, options);
    const results = resultsOf(query);
    expect(windows).toEqual([30]);
    expect(results).toContain("0.now");
    expect(new Set(results).size).toBe(results.length);
    expect(query.split("from(bucket:").length - 1).toBe(results.length);
  });

  // Red when: the start of the window is included, or its end is not.
  it("excludes the start of the window and includes its end", () => {
    const { query } = toFlux(signalCatalogue.memoryMb, options);
    expect(query).toContain(
      "range(start: 2026-11-24T11:59:30.250000001Z, stop: 2026-11-24T12:00:00.250000001Z)",
    );
  });

  it("cuts buckets at the window's ends", () => {
    const { query } = toFlux(signalCatalogue.serverLatencyP95, options);
    expect(query).toContain(
      "range(start: 2026-11-24T11:59:00.250000001Z, stop: 2026-11-24T12:00:00.250000001Z)",
    );
    expect(query).toContain(
      "aggregateWindow(every: 30000ms, offset: 250ms1ns, fn: last, createEmpty: false)",
    );
    expect(query).toContain("r._field =~ /^[-+0-9]/");
  });

  it("reads buckets only where a quantile is made of them", () => {
    const reading = (name: keyof typeof signalCatalogue) =>
      resultsOf(toFlux(signalCatalogue[name], options).query);
    expect(reading("serverErrorRatio")).toEqual(["0.now", "0.before"]);
    expect(reading("serverLatencyP95")).toEqual(["0.now", "0.before", "0.buckets"]);
    expect(reading("memoryMb")).toEqual(["0.now", "0.points"]);
    expect(reading("eventLoopUtilization")).toEqual(["0.now", "0.points", "0.mean"]);
    expect(reading("gcTimeRatio")).toEqual(["0.now", "0.before", "0.points"]);
  });

  it("reads services with rare exports in a window of their own", () => {
    const slow = [{ services: ['say "hi"'], windowSeconds: 150 }];
    const { query, windows } = toFlux(signalCatalogue.memoryMb, { ...options, slow });
    expect(windows).toEqual([30, 150]);
    expect(resultsOf(query)).toEqual(["0.now", "0.points", "1.now", "1.points"]);
    expect(query).toContain('r["service.name"] != "say \\"hi\\""');
    expect(query).toContain('r["service.name"] == "say \\"hi\\""');
  });
});

describe("a signal in Flux for panels", () => {
  const panel = {
    bucket: '"telemetry"',
    start: "v.timeRangeStart",
    stop: "v.timeRangeStop",
    every: "v.windowPeriod",
    filters: ['r["service.name"] == "shop"'],
  };

  it.each(signals)("$name is one pipeline from the bucket to one table for each subject", (signal) => {
    const text = compileFlux(signal, panel);
    expect(text).toContain(
      'from(bucket: "telemetry")\n  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)',
    );
    expect(text).toContain('and r["service.name"] == "shop")');
    expect(text).toMatch(/\|> sort\(columns: \["_time"\]\)$/);
    for (const [open, close] of ["()", "[]", "{}"].map((pair) => [...pair])) {
      expect(text.split(open ?? "").length).toBe(text.split(close ?? "").length);
    }
  });

  it("says what failed in the words of the attributes", () => {
    expect(compileFlux(signalCatalogue.serverErrorRatio, panel)).toContain(
      'if (exists r["http.response.status_code"] and float(v: r["http.response.status_code"]) >= 500.0) or (exists r["error.type"] and not exists r["http.response.status_code"]) then',
    );
  });
});
