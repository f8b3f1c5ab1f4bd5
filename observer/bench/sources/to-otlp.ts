import type { PointRecord, PointValue } from "../../src/store/point-record.ts";
import { attributes } from "../../test/ingest/decode-fixture.ts";

const temporalities = { unspecified: 0, delta: 1, cumulative: 2 } as const;

/**
 * Points as services send them: `resourceMetrics` of OTLP/JSON, one element for each resource.
 *
 * @param points gauges, sums and histograms; numbers and explicit buckets
 */
export function toOtlp(points: readonly PointRecord[]): object[] {
  return [...Map.groupBy(points, ({ resource }) => resource)].map(([resource, own]) => ({
    resource: { attributes: attributes(resource.attributes) },
    scopeMetrics: [
      {
        scope: { name: "bench" },
        metrics: [...Map.groupBy(own, ({ metric }) => metric)].map(([metric, its]) => {
          const dataPoints = its.map(toDataPoint);
          const aggregationTemporality = temporalities[metric.temporality];
          const data = {
            gauge: { dataPoints },
            sum: { dataPoints, aggregationTemporality, isMonotonic: metric.monotonic },
            histogram: { dataPoints, aggregationTemporality },
          };
          if (!Object.hasOwn(data, metric.kind)) throw new Error(`no ${metric.kind} is written here`);
          const { name, unit, kind } = metric;
          return { name, unit, [kind]: data[kind as keyof typeof data] };
        }),
      },
    ],
  }));
}

function toDataPoint({ attributes: about, startUnixNano, timeUnixNano, value }: PointRecord): object {
  return {
    attributes: attributes(about),
    startTimeUnixNano: String(startUnixNano),
    timeUnixNano: String(timeUnixNano),
    ...toValue(value),
  };
}

function toValue(value: PointValue): object {
  if (value.kind === "number") return { asDouble: value.value };
  if (value.kind !== "histogram") throw new Error(`no ${value.kind} is written here`);
  const { count, sum, counts, bounds } = value;
  return { count: String(count), sum, bucketCounts: counts.map(String), explicitBounds: bounds };
}
