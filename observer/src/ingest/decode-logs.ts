import type { LogRecord } from "../store/log-record.ts";
import type { ResourceRecord, ScopeRecord } from "../store/span-record.ts";
import type { AttributeTarget } from "./attribute-policy.ts";
import type { DecodeRun } from "./decode-context.ts";
import { eachProtobufItem } from "./decode-request.ts";
import { isZero } from "./decode-traces.ts";
import { readAnyValue, readKeyValue } from "./decode-value.ts";
import type { ProtobufReader } from "./protobuf-reader.ts";
import type { RefusalReason } from "./refusal.ts";

/** A log record whose fields are being filled; what both encodings produce before `acceptLog` judges it. */
export type DraftLog = { -readonly [Key in keyof LogRecord]: LogRecord[Key] };

/**
 * Reads an `ExportLogsServiceRequest`. Records that cannot be taken are counted on the run and left out.
 *
 * @throws MalformedError when the bytes are not such a message
 */
export function decodeLogs(reader: ProtobufReader, run: DecodeRun): LogRecord[] {
  const logs: LogRecord[] = [];
  eachProtobufItem(reader, run, (end, resource, scope) => {
    if (resource === undefined) {
      reader.at = end;
      run.refuse("too_many_senders");
      return;
    }
    const log = readLog(reader, end, run, resource, scope);
    if (acceptLog(log, run)) logs.push(log);
  });
  return logs;
}

export function draftLog(resource: ResourceRecord, scope: ScopeRecord, receivedAtMs: number): DraftLog {
  return {
    timeUnixNano: 0n,
    observedUnixNano: 0n,
    severityNumber: 0,
    severityText: "",
    eventName: "",
    body: null,
    attributes: {},
    droppedAttributesCount: 0,
    flags: 0,
    traceId: "",
    spanId: "",
    resource,
    scope,
    receivedAtMs,
  };
}

function readLog(
  reader: ProtobufReader,
  end: number,
  run: DecodeRun,
  resource: ResourceRecord,
  scope: ScopeRecord,
): DraftLog {
  const log = draftLog(resource, scope, run.receivedAtMs);
  const attributes: AttributeTarget = {};
  log.attributes = attributes;
  run.context.policy.begin();
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x09) log.timeUnixNano = reader.fixed64();
    else if (tag === 0x59) log.observedUnixNano = reader.fixed64();
    else if (tag === 0x10) log.severityNumber = reader.varint();
    else if (tag === 0x1a) log.severityText = reader.text(end);
    else if (tag === 0x2a) log.body = readAnyValue(reader, end, run, 1);
    else if (tag === 0x32) readKeyValue(reader, end, attributes, run);
    else if (tag === 0x38) log.droppedAttributesCount = reader.varint();
    else if (tag === 0x45) log.flags = reader.fixed32();
    else if (tag === 0x4a) log.traceId = reader.hex(end);
    else if (tag === 0x52) log.spanId = reader.hex(end);
    else if (tag === 0x62) log.eventName = reader.text(end);
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
  return log;
}

/** Judges a log record and finishes it: true when it is taken, else the reason is counted on the run. */
export function acceptLog(log: DraftLog, run: DecodeRun): boolean {
  if (isZero(log.traceId)) log.traceId = "";
  if (isZero(log.spanId)) log.spanId = "";
  // The specification lets a record without times through: it then happened when it arrived.
  if (log.timeUnixNano === 0n && log.observedUnixNano === 0n)
    log.observedUnixNano = BigInt(log.receivedAtMs) * 1_000_000n;
  const reason = logProblem(log, run);
  run.isTooDeep = false;
  if (reason !== undefined) {
    run.refuse(reason);
    return false;
  }
  log.body = run.context.policy.body(log.body);
  run.context.policy.finish(log.attributes as AttributeTarget);
  return true;
}

function logProblem(log: DraftLog, run: DecodeRun): RefusalReason | undefined {
  if (log.traceId !== "" && log.traceId.length !== 32) return "invalid_trace_id";
  if (log.spanId !== "" && log.spanId.length !== 16) return "invalid_span_id";
  if (run.isTooDeep) return "attributes_too_deep";
  return run.timeProblem(log.timeUnixNano === 0n ? log.observedUnixNano : log.timeUnixNano);
}
