import type { AttributeValue, ResourceRecord, ScopeRecord } from "../store/span-record.ts";
import type { AttributeTarget } from "./attribute-policy.ts";
import type { DecodeRun } from "./decode-context.ts";
import { type ProtobufReader, wire } from "./protobuf-reader.ts";

/** A 64-bit integer as a number where it is exact, else as decimal text. */
export function toExactNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** Reads one `KeyValue` into `target`. */
export function readKeyValue(
  reader: ProtobufReader,
  limit: number,
  target: AttributeTarget,
  run: DecodeRun,
): void {
  const end = reader.enter(limit);
  let key = "";
  let value: AttributeValue = null;
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x0a) key = reader.text(end);
    else if (tag === 0x12) value = readAnyValue(reader, end, run, 1);
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
  run.context.policy.set(target, key, value);
}

/** Reads one `AnyValue`. Too deep a value is skipped and noted on the run, which refuses the item. */
export function readAnyValue(
  reader: ProtobufReader,
  limit: number,
  run: DecodeRun,
  depth: number,
): AttributeValue {
  const end = reader.enter(limit);
  let value: AttributeValue = null;
  while (reader.at < end) {
    const tag = reader.varint();
    switch (tag) {
      case 0x0a:
        value = reader.text(end);
        break;
      case 0x10:
        value = reader.varint() !== 0;
        break;
      case 0x18:
        value = readInteger(reader);
        break;
      case 0x21:
        value = toJsonNumber(reader.double());
        break;
      case 0x2a:
        value = depth > run.context.maxDepth ? tooDeep(reader, end, run) : readArray(reader, end, run, depth);
        break;
      case 0x32:
        value = depth > run.context.maxDepth ? tooDeep(reader, end, run) : readMap(reader, end, run, depth);
        break;
      case 0x3a:
        value = reader.base64(end);
        break;
      default:
        reader.skip(tag & 7, end);
    }
  }
  reader.leave(end);
  return value;
}

/** JSON knows no NaN and no infinities; they are kept as the texts that OTLP's own JSON uses. */
export function toJsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function readInteger(reader: ProtobufReader): number | string {
  const first = reader.bytes[reader.at];
  if (first !== undefined && first < 0x80) {
    reader.at++;
    return first;
  }
  return toExactNumber(reader.int64());
}

function readArray(reader: ProtobufReader, limit: number, run: DecodeRun, depth: number): AttributeValue {
  const end = reader.enter(limit);
  const values: AttributeValue[] = [];
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x0a) values.push(readAnyValue(reader, end, run, depth + 1));
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
  return values;
}

function readMap(reader: ProtobufReader, limit: number, run: DecodeRun, depth: number): AttributeValue {
  const end = reader.enter(limit);
  const values: AttributeTarget = {};
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag !== 0x0a) {
      reader.skip(tag & 7, end);
      continue;
    }
    const entryEnd = reader.enter(end);
    let key = "";
    let value: AttributeValue = null;
    while (reader.at < entryEnd) {
      const entryTag = reader.varint();
      if (entryTag === 0x0a) key = reader.text(entryEnd);
      else if (entryTag === 0x12) value = readAnyValue(reader, entryEnd, run, depth + 1);
      else reader.skip(entryTag & 7, entryEnd);
    }
    reader.leave(entryEnd);
    if (key !== "__proto__") values[key] = value;
  }
  reader.leave(end);
  return values;
}

function tooDeep(reader: ProtobufReader, limit: number, run: DecodeRun): null {
  reader.skip(wire.bytes, limit);
  run.isTooDeep = true;
  return null;
}

/**
 * The resource of a `Resource*` message, which may stand before or after the items it belongs to: the message is searched for it
 * first, without reading the rest. The reader is left where it was.
 *
 * @param end of the message; the reader stands at its first field
 */
export function findResource(
  reader: ProtobufReader,
  end: number,
  run: DecodeRun,
): ResourceRecord | undefined {
  const start = reader.at;
  const target: AttributeTarget = {};
  run.context.policy.begin();
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag !== 0x0a) {
      reader.skip(tag & 7, end);
      continue;
    }
    const resourceEnd = reader.enter(end);
    while (reader.at < resourceEnd) {
      const field = reader.varint();
      if (field === 0x0a) readKeyValue(reader, resourceEnd, target, run);
      else reader.skip(field & 7, resourceEnd);
    }
    reader.leave(resourceEnd);
  }
  reader.leave(end);
  reader.at = start;
  return run.context.senders.resource(target, run.receivedAtMs);
}

/** The scope of a `Scope*` message, found as `findResource` finds the resource. */
export function findScope(reader: ProtobufReader, end: number, run: DecodeRun): ScopeRecord {
  const start = reader.at;
  const target: AttributeTarget = {};
  let name = "";
  let version = "";
  let schemaUrl = "";
  run.context.policy.begin();
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x1a) schemaUrl = reader.text(end);
    else if (tag !== 0x0a) reader.skip(tag & 7, end);
    else {
      const scopeEnd = reader.enter(end);
      while (reader.at < scopeEnd) {
        const field = reader.varint();
        if (field === 0x0a) name = reader.text(scopeEnd);
        else if (field === 0x12) version = reader.text(scopeEnd);
        else if (field === 0x1a) readKeyValue(reader, scopeEnd, target, run);
        else reader.skip(field & 7, scopeEnd);
      }
      reader.leave(scopeEnd);
    }
  }
  reader.leave(end);
  reader.at = start;
  return run.context.senders.scope(name, version, schemaUrl, target);
}
