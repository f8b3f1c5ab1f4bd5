import { setImmediate } from "node:timers/promises";
import type { Batch } from "../batch.ts";
import {
  type LogRow,
  type PointRow,
  readLogRows,
  readPointRows,
  readSpanRows,
  type SpanRow,
} from "../decode-rows.ts";
import { spanKindNames, statusNames } from "../encode-batch.ts";
import type { MetricRecord } from "../point-record.ts";
import { RecordReader, type StoredRow } from "../queries/stored-rows.ts";
import type { JournalEntry } from "./journal-format.ts";
import { JournalReader } from "./journal-reader.ts";

const turnMs = 20;

/**
 * What the journal still has of one kind, from a time of arrival on and in the order of arrival: the same batches that ingest gave it.
 * Lets others have their turn every 20 ms.
 *
 * @param upToNumber later entries are not looked at
 */
export async function* readJournal(
  directory: string,
  kind: Batch["kind"],
  sinceMs: number,
  upToNumber: number,
): AsyncGenerator<Batch> {
  const records = new RecordReader();
  using reader = new JournalReader(directory, 0);
  let turnEndsAt = performance.now() + turnMs;
  for (let entry = reader.next(upToNumber); entry !== undefined; entry = reader.next(upToNumber)) {
    if (entry.kind === kind && entry.receivedAtMs >= sinceMs) yield toBatch(entry, kind, records);
    if (performance.now() <= turnEndsAt) continue;
    await setImmediate();
    turnEndsAt = performance.now() + turnMs;
  }
}

function toBatch({ payload, receivedAtMs }: JournalEntry, kind: Batch["kind"], records: RecordReader): Batch {
  if (kind === "spans") {
    const spans: ReturnType<RecordReader["toSpan"]>[] = [];
    readSpanRows(payload, (row) => spans.push(records.toSpan(toStoredSpan(row, receivedAtMs))));
    return { kind, receivedAtMs, spans };
  }
  if (kind === "points") {
    const points: ReturnType<RecordReader["toPoint"]>[] = [];
    readPointRows(payload, (row) => points.push(records.toPoint(toStoredPoint(row, receivedAtMs))));
    return { kind, receivedAtMs, points };
  }
  const logs: ReturnType<RecordReader["toLog"]>[] = [];
  readLogRows(payload, (row) => logs.push(records.toLog(toStoredLog(row, receivedAtMs))));
  return { kind, receivedAtMs, logs };
}

function toStoredSpan(row: SpanRow, receivedAtMs: number): StoredRow {
  const parentSpanId = row.parentSpanId === 0n ? "" : toHex(row.parentSpanId);
  return [
    ...[
      row.resource,
      row.scope,
      receivedAtMs,
      toHex(row.traceHigh) + toHex(row.traceLow),
      toHex(row.spanId),
      parentSpanId,
    ],
    ...[row.name, spanKindNames[row.kind] ?? "unspecified", statusNames[row.status] ?? "unset", row.flags],
    ...[row.startUnixNano, row.endUnixNano, row.attributes, row.extras],
  ];
}

function toStoredPoint(row: PointRow, receivedAtMs: number): StoredRow {
  const { name, description, unit, kind, temporality, monotonic }: MetricRecord = JSON.parse(row.metric);
  return [
    ...[row.resource, row.scope, receivedAtMs, name, description, unit, kind, temporality, monotonic],
    ...[row.startUnixNano, row.timeUnixNano, row.flags, Number.isNaN(row.value) ? null : row.value],
    ...[row.attributes, row.detail, row.exemplars],
  ];
}

function toStoredLog(row: LogRow, receivedAtMs: number): StoredRow {
  const traceId =
    row.traceHigh === 0n && row.traceLow === 0n ? "" : toHex(row.traceHigh) + toHex(row.traceLow);
  return [
    ...[row.resource, row.scope, receivedAtMs, traceId, row.spanId === 0n ? "" : toHex(row.spanId)],
    ...[row.timeUnixNano, row.observedUnixNano, row.severityNumber, row.severityText, row.eventName],
    ...[row.flags, row.droppedAttributesCount, row.body, row.attributes],
  ];
}

function toHex(half: bigint): string {
  return half.toString(16).padStart(16, "0");
}
