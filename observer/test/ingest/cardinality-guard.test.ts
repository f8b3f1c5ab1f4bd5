import { describe, expect, it } from "vitest";
import { CardinalityGuard, overflowAttributes } from "../../src/ingest/cardinality-guard.ts";
import { attributes, createDecoder, jsonMetrics, jsonSpan, jsonTraces } from "./decode-fixture.ts";

const limits = { maxSeries: 10, maxSeriesPerMetric: 5, forgetAfterMs: 60_000 };

function metric(name: string, values: readonly string[], temporality: 1 | 2) {
  const dataPoints = values.map((id) => ({ asInt: 1, timeUnixNano: "5", attributes: attributes({ id }) }));
  return { name, sum: { aggregationTemporality: temporality, isMonotonic: true, dataPoints } };
}

const ids = (count: number, prefix = "v") => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe("the cardinality guard", () => {
  // Red when: the bound is not reached exactly, or points of known series are refused.
  it("lets everything below the bound through and keeps known series going", () => {
    const decoder = createDecoder(limits);
    for (let round = 0; round < 3; round++) {
      const { batch, refusals } = decoder.json(jsonMetrics([metric("orders", ids(5), 2)]), "points");
      expect(batch.kind === "points" && batch.points).toHaveLength(5);
      expect(refusals.size).toBe(0);
    }
  });

  it("refuses cumulative points of further series and counts them", () => {
    const { batch, refusals } = createDecoder(limits).json(
      jsonMetrics([metric("orders", ids(100), 2)]),
      "points",
    );
    expect(batch.kind === "points" && batch.points).toHaveLength(5);
    expect(refusals).toEqual(new Map([["too_many_series", 95]]));
  });

  it("moves delta points of further series to the overflow series, so that totals stay right", () => {
    const decoder = createDecoder(limits);
    const { batch, refusals } = decoder.json(jsonMetrics([metric("orders", ids(100), 1)]), "points");
    const points = batch.kind === "points" ? batch.points : [];
    expect(points).toHaveLength(100);
    expect(refusals.size).toBe(0);
    expect(points.filter((point) => point.attributes === overflowAttributes)).toHaveLength(95);
    expect(decoder.counters.snapshot().altered.series_overflowed).toBe(95);
  });

  it("bounds all metrics together, whatever their names", () => {
    const { batch } = createDecoder(limits).json(
      jsonMetrics(ids(1000).map((name) => metric(name, ["one"], 2))),
      "points",
    );
    expect(batch.kind === "points" && batch.points).toHaveLength(10);
  });

  it("makes room when series fall silent", () => {
    const { batch } = createDecoder().json(jsonMetrics([metric("orders", ids(2), 2)]), "points");
    const [first, second] = batch.kind === "points" ? batch.points : [];
    if (first === undefined || second === undefined) throw new Error("two points were sent");
    const guard = new CardinalityGuard({ ...limits, maxSeries: 1 });
    expect(guard.admit(first, 0)).toBe(first);
    expect(guard.admit(second, 30_000)).toBeUndefined();
    expect(guard.admit(second, 80_000)).toBe(second);
    expect(guard.seriesCount).toBe(1);
  });
});

it("bounds the number of senders, and counts what was refused of the others", () => {
  const decoder = createDecoder({ maxSenders: 3 });
  const refused = ids(10).map(
    (name) => decoder.json(jsonTraces([jsonSpan(), jsonSpan()], { "service.name": name }), "spans").refusals,
  );
  expect(refused.filter((refusals) => refusals.get("too_many_senders") === 2)).toHaveLength(7);
});
