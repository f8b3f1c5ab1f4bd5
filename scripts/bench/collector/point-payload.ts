/** Name of the metric; each of its series carries the attribute `series`, from 0 on. */
export const loadMetric = "load.points";

/** A request of OTLP/HTTP in protobuf that is written again and again in place. Not to be changed while it is being sent. */
export type PointPayload = {
  readonly seriesCount: number;
  /** @returns a copy in which every point has this time and value */
  fill(timeNs: bigint, value: bigint): Uint8Array;
};

/**
 * One gauge with one point in each of its series.
 *
 * @source opentelemetry/proto/collector/metrics/v1: fields 1 (resource_metrics), 2 (scope_metrics), 2 (metrics), 5 (gauge),
 *   1 (data_points) with 3 (time_unix_nano), 6 (as_int) and 7 (attributes)
 */
export function createPointPayload(service: string, seriesCount: number): PointPayload {
  const points = Array.from({ length: seriesCount }, (_, series) =>
    message(1, [fixed64(3), fixed64(6), attribute(7, "series", String(series))]),
  );
  const metric = message(2, [text(1, loadMetric), message(5, points)]);
  const resource = message(1, [attribute(1, "service.name", service)]);
  const scope = message(2, [message(1, [text(1, "load")]), metric]);
  const { bytes, holes } = message(1, [resource, scope]);
  return {
    seriesCount,
    fill(timeNs, value) {
      const copy = Uint8Array.from(bytes);
      const view = new DataView(copy.buffer);
      for (const [index, hole] of holes.entries())
        view.setBigInt64(hole, index % 2 === 0 ? timeNs : value, true);
      return copy;
    },
  };
}

/** Encoded bytes, and where in them eight bytes are still to be written. */
type Part = { bytes: readonly number[]; holes: readonly number[] };

function message(field: number, parts: readonly Part[]): Part {
  const length = parts.reduce((sum, part) => sum + part.bytes.length, 0);
  const head = [...varint((field << 3) | 2), ...varint(length)];
  const bytes = [...head];
  const holes: number[] = [];
  for (const part of parts) {
    for (const hole of part.holes) holes.push(bytes.length + hole);
    for (const byte of part.bytes) bytes.push(byte);
  }
  return { bytes, holes };
}

function text(field: number, value: string): Part {
  const encoded = [...Buffer.from(value)];
  return { bytes: [...varint((field << 3) | 2), ...varint(encoded.length), ...encoded], holes: [] };
}

function attribute(field: number, key: string, value: string): Part {
  return message(field, [text(1, key), message(2, [text(1, value)])]);
}

function fixed64(field: number): Part {
  const head = varint((field << 3) | 1);
  return { bytes: [...head, 0, 0, 0, 0, 0, 0, 0, 0], holes: [head.length] };
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
