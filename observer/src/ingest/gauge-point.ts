import type { MetricRecord, PointRecord } from "../store/point-record.ts";
import type { Attributes, ResourceRecord, ScopeRecord } from "../store/span-record.ts";

const scope: ScopeRecord = { name: "kontor-observer", version: "", schemaUrl: "", attributes: {} };

/** A number that the observer itself measured, in the form in which senders' numbers arrive. */
export interface OwnMeasurement {
  readonly name: string;
  /** UCUM. */
  readonly unit: string;
  readonly value: number;
  /** A monotonic total since `startMs`; otherwise a gauge. */
  readonly startMs?: number;
  readonly attributes?: Attributes;
}

export function toOwnPoint(measurement: OwnMeasurement, resource: ResourceRecord, atMs: number): PointRecord {
  const { name, unit, value, startMs, attributes = {} } = measurement;
  const isTotal = startMs !== undefined;
  const metric: MetricRecord = {
    name,
    unit,
    description: "",
    kind: isTotal ? "sum" : "gauge",
    temporality: isTotal ? "cumulative" : "unspecified",
    monotonic: isTotal,
  };
  return {
    metric,
    resource,
    scope,
    attributes,
    startUnixNano: BigInt(Math.round(startMs ?? 0)) * 1_000_000n,
    timeUnixNano: BigInt(Math.round(atMs)) * 1_000_000n,
    flags: 0,
    value: { kind: "number", value },
    exemplars: [],
    receivedAtMs: atMs,
  };
}
