import type { MetricKind, MetricRecord, PointRecord } from "../store/point-record.ts";
import type { ResourceRecord, ScopeRecord } from "../store/span-record.ts";
import type { DecodeRun } from "./decode-context.ts";
import { acceptPoint, type DraftPoint, readPoint } from "./decode-points.ts";
import { eachProtobufItem } from "./decode-request.ts";
import type { ProtobufReader } from "./protobuf-reader.ts";

export const temporalities: readonly MetricRecord["temporality"][] = ["unspecified", "delta", "cumulative"];

const kindsByTag: ReadonlyMap<number, MetricKind> = new Map([
  [0x2a, "gauge"],
  [0x3a, "sum"],
  [0x4a, "histogram"],
  [0x52, "exponentialHistogram"],
  [0x5a, "summary"],
]);

/**
 * Reads an `ExportMetricsServiceRequest` with all five kinds of metric. Points that cannot be taken are counted on the run and left out.
 *
 * @throws MalformedError when the bytes are not such a message
 */
export function decodeMetrics(reader: ProtobufReader, run: DecodeRun): PointRecord[] {
  const points: PointRecord[] = [];
  eachProtobufItem(reader, run, (end, resource, scope) => {
    readMetric(reader, end, run, resource, scope, points);
  });
  return points;
}

interface MetricHead {
  readonly record: MetricRecord;
  /** Where its data message lies; undefined where it has none of a known kind. */
  readonly data: { readonly start: number; readonly end: number } | undefined;
}

/** Name, unit and kind may stand after the points, so they are found first, without reading the points. */
function readHead(reader: ProtobufReader, end: number): MetricHead {
  const record = {
    name: "",
    description: "",
    unit: "",
    kind: "gauge" as MetricKind,
    temporality: "unspecified" as MetricRecord["temporality"],
    monotonic: false,
  };
  let data: { start: number; end: number } | undefined;
  while (reader.at < end) {
    const tag = reader.varint();
    const kind = kindsByTag.get(tag);
    if (tag === 0x0a) record.name = reader.text(end);
    else if (tag === 0x12) record.description = reader.text(end);
    else if (tag === 0x1a) record.unit = reader.text(end);
    else if (kind !== undefined) {
      const dataEnd = reader.enter(end);
      record.kind = kind;
      data = { start: reader.at, end: dataEnd };
      while (reader.at < dataEnd) {
        const field = reader.varint();
        if (field === 0x10) record.temporality = temporalities[reader.varint()] ?? "unspecified";
        else if (field === 0x18) record.monotonic = reader.varint() !== 0;
        else reader.skip(field & 7, dataEnd);
      }
      reader.leave(dataEnd);
    } else reader.skip(tag & 7, end);
  }
  reader.leave(end);
  return { record, data };
}

function readMetric(
  reader: ProtobufReader,
  end: number,
  run: DecodeRun,
  resource: ResourceRecord | undefined,
  scope: ScopeRecord,
  points: PointRecord[],
): void {
  const { record, data } = readHead(reader, end);
  if (data === undefined) {
    run.refuse("no_metric_data");
    return;
  }
  reader.at = data.start;
  while (reader.at < data.end) {
    const tag = reader.varint();
    if (tag !== 0x0a) reader.skip(tag & 7, data.end);
    else if (resource === undefined || record.name === "") {
      reader.skip(2, data.end);
      run.refuse(resource === undefined ? "too_many_senders" : "no_metric_name");
    } else {
      const point: DraftPoint = readPoint(reader, reader.enter(data.end), run, {
        metric: record,
        resource,
        scope,
      });
      if (acceptPoint(point, run)) points.push(point);
    }
  }
  reader.leave(data.end);
  reader.at = end;
}
