import type { ResourceRecord, ScopeRecord } from "../store/span-record.ts";
import type { DecodeRun } from "./decode-context.ts";
import { findResource, findScope } from "./decode-value.ts";
import type { ProtobufReader } from "./protobuf-reader.ts";

/**
 * Walks an `Export*ServiceRequest`: resources in field 1, their scopes in field 2, their items in field 2, the shape that all three
 * signals share.
 *
 * @param read reads one item, to its `end`; `resource` is undefined when there are too many senders for one more
 * @throws MalformedError when the bytes are not such a message
 */
export function eachProtobufItem(
  reader: ProtobufReader,
  run: DecodeRun,
  read: (end: number, resource: ResourceRecord | undefined, scope: ScopeRecord) => void,
): void {
  eachMessage(reader, reader.bytes.length, 0x0a, (groupEnd) => {
    const resource = findResource(reader, groupEnd, run);
    eachMessage(reader, groupEnd, 0x12, (innerEnd) => {
      const scope = findScope(reader, innerEnd, run);
      eachMessage(reader, innerEnd, 0x12, (itemEnd) => read(itemEnd, resource, scope));
    });
  });
}

function eachMessage(
  reader: ProtobufReader,
  end: number,
  wanted: number,
  read: (messageEnd: number) => void,
): void {
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === wanted) read(reader.enter(end));
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
}
