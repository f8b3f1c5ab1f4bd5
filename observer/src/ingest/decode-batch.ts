import type { Batch } from "../store/batch.ts";
import type { PointRecord } from "../store/point-record.ts";
import type { CardinalityGuard } from "./cardinality-guard.ts";
import type { DecodeRun } from "./decode-context.ts";
import { decodeLogs } from "./decode-logs.ts";
import { decodeMetrics } from "./decode-metrics.ts";
import { decodeTraces } from "./decode-traces.ts";
import type { IngestCounters, ItemKind } from "./ingest-counters.ts";
import { parseJson } from "./json-input.ts";
import { readJsonLogs } from "./json-logs.ts";
import { readJsonMetrics } from "./json-metrics.ts";
import { readJsonTraces } from "./json-traces.ts";
import type { Encoding } from "./otlp-answer.ts";
import { ProtobufReader } from "./protobuf-reader.ts";

export interface PointChecks {
  readonly guard: CardinalityGuard;
  readonly counters: IngestCounters;
}

/**
 * Decodes one body. What cannot be taken is counted on the run and left out of the batch, which may therefore be empty.
 *
 * @param body after decompression
 * @throws MalformedError when the body is not of the message that its path stands for
 */
export function decodeBatch(
  body: Buffer,
  kind: ItemKind,
  encoding: Encoding,
  run: DecodeRun,
  checks: PointChecks,
): Batch {
  const { receivedAtMs } = run;
  if (encoding === "json") {
    const document = parseJson(body.toString("utf8"));
    if (kind === "spans") return { kind, receivedAtMs, spans: readJsonTraces(document, run) };
    if (kind === "logs") return { kind, receivedAtMs, logs: readJsonLogs(document, run) };
    return { kind, receivedAtMs, points: guarded(readJsonMetrics(document, run), run, checks) };
  }
  const reader = new ProtobufReader(body, run.context.strings);
  if (kind === "spans") return { kind, receivedAtMs, spans: decodeTraces(reader, run) };
  if (kind === "logs") return { kind, receivedAtMs, logs: decodeLogs(reader, run) };
  return { kind, receivedAtMs, points: guarded(decodeMetrics(reader, run), run, checks) };
}

function guarded(
  points: readonly PointRecord[],
  run: DecodeRun,
  { guard, counters }: PointChecks,
): PointRecord[] {
  const admitted: PointRecord[] = [];
  for (const point of points) {
    const passed = guard.admit(point, run.receivedAtMs);
    if (passed === undefined) run.refuse("too_many_series");
    else {
      if (passed !== point) counters.alter("series_overflowed");
      admitted.push(passed);
    }
  }
  return admitted;
}
