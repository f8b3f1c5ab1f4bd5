import { expect, it } from "vitest";
import { secondOfTelemetry } from "../../../bench/second-of-telemetry.ts";
import { toOtlp } from "../../../bench/sources/to-otlp.ts";
import type { PointRecord } from "../../../src/store/point-record.ts";
import { arrivalMs, createDecoder } from "../../ingest/decode-fixture.ts";

/** In the text of a point, so that the order of metrics and of fields does not count. */
function describePoints(points: readonly PointRecord[]): string[] {
  return points
    .map(({ metric, resource, attributes, startUnixNano, timeUnixNano, value }) => {
      const numbers =
        value.kind === "histogram" ? [value.count, value.sum, value.counts, value.bounds] : value;
      const times = [`${startUnixNano}`, `${timeUnixNano}`];
      return JSON.stringify([metric.name, metric.kind, resource.service, attributes, times, numbers]);
    })
    .toSorted();
}

// Red when: toOtlp leaves a histogram's `explicitBounds` out.
it("what the benchmark sends is what the observer is given", () => {
  const points = secondOfTelemetry(arrivalMs - 2_000, arrivalMs - 1_000);
  const { batch } = createDecoder().json({ resourceMetrics: toOtlp(points) }, "points");
  if (batch.kind !== "points") throw new Error(`decoded as ${batch.kind}`);
  expect(describePoints(batch.points)).toEqual(describePoints(points));
});
