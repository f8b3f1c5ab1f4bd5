import type {
  ResourceRecord,
  ScopeRecord,
  SpanEvent,
  SpanKind,
  SpanLink,
  SpanRecord,
} from "../store/span-record.ts";
import type { AttributeTarget } from "./attribute-policy.ts";
import type { DecodeRun } from "./decode-context.ts";
import { eachProtobufItem } from "./decode-request.ts";
import { readKeyValue } from "./decode-value.ts";
import type { ProtobufReader } from "./protobuf-reader.ts";
import { routeOfName } from "./route-of-name.ts";

export const spanKinds: readonly SpanKind[] = [
  "unspecified",
  "internal",
  "server",
  "client",
  "producer",
  "consumer",
];
export const statusCodes: readonly SpanRecord["statusCode"][] = ["unset", "ok", "error"];

/** A span whose fields are being filled; what both encodings produce before `acceptSpan` judges it. */
export type DraftSpan = { -readonly [Key in keyof SpanRecord]: SpanRecord[Key] };

/**
 * Reads an `ExportTraceServiceRequest`. Spans that cannot be taken are counted on the run and left out.
 *
 * @throws MalformedError when the bytes are not such a message
 */
export function decodeTraces(reader: ProtobufReader, run: DecodeRun): SpanRecord[] {
  const spans: SpanRecord[] = [];
  eachProtobufItem(reader, run, (end, resource, scope) => {
    if (resource === undefined) {
      reader.at = end;
      run.refuse("too_many_senders");
      return;
    }
    const span = readSpan(reader, end, run, resource, scope);
    if (acceptSpan(span, run)) spans.push(span);
  });
  return spans;
}

/** A span with nothing in it yet. */
export function draftSpan(resource: ResourceRecord, scope: ScopeRecord, receivedAtMs: number): DraftSpan {
  return {
    traceId: "",
    spanId: "",
    parentSpanId: "",
    traceState: "",
    flags: 0,
    name: "",
    kind: "unspecified",
    startUnixNano: 0n,
    endUnixNano: 0n,
    statusCode: "unset",
    statusMessage: "",
    resource,
    scopeName: scope.name,
    scope,
    dropped: undefined,
    attributes: {},
    events: none,
    links: none,
    receivedAtMs,
  };
}

const none: never[] = [];

function readSpan(
  reader: ProtobufReader,
  end: number,
  run: DecodeRun,
  resource: ResourceRecord,
  scope: ScopeRecord,
): DraftSpan {
  const span = draftSpan(resource, scope, run.receivedAtMs);
  const attributes: AttributeTarget = {};
  const dropped = { attributes: 0, events: 0, links: 0 };
  let events: SpanEvent[] | undefined;
  let links: SpanLink[] | undefined;
  span.attributes = attributes;
  run.context.policy.begin();
  while (reader.at < end) {
    const tag = reader.varint();
    switch (tag) {
      case 0x0a:
        span.traceId = reader.hex(end, reader.lastTraceId);
        break;
      case 0x12:
        span.spanId = reader.hex(end);
        break;
      case 0x1a:
        span.traceState = reader.text(end);
        break;
      case 0x22:
        span.parentSpanId = reader.hex(end, reader.lastParentId);
        break;
      case 0x2a:
        span.name = reader.text(end);
        break;
      case 0x30:
        span.kind = spanKinds[reader.varint()] ?? "unspecified";
        break;
      case 0x39:
        span.startUnixNano = reader.fixed64();
        break;
      case 0x41:
        span.endUnixNano = reader.fixed64();
        break;
      case 0x4a:
        readKeyValue(reader, end, attributes, run);
        break;
      case 0x50:
        dropped.attributes = reader.varint();
        break;
      case 0x5a:
        events ??= [];
        events.push(readEvent(reader, reader.enter(end), run));
        break;
      case 0x60:
        dropped.events = reader.varint();
        break;
      case 0x6a:
        links ??= [];
        links.push(readLink(reader, reader.enter(end), run));
        break;
      case 0x70:
        dropped.links = reader.varint();
        break;
      case 0x7a:
        readStatus(reader, reader.enter(end), span);
        break;
      case 0x85:
        span.flags = reader.fixed32();
        break;
      default:
        reader.skip(tag & 7, end);
    }
  }
  reader.leave(end);
  if (events !== undefined) span.events = events;
  if (links !== undefined) span.links = links;
  if (dropped.attributes + dropped.events + dropped.links > 0) span.dropped = dropped;
  return span;
}

function readStatus(reader: ProtobufReader, end: number, span: DraftSpan): void {
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x12) span.statusMessage = reader.text(end);
    else if (tag === 0x18) span.statusCode = statusCodes[reader.varint()] ?? "unset";
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
}

function readEvent(reader: ProtobufReader, end: number, run: DecodeRun): SpanEvent {
  const attributes: AttributeTarget = {};
  let timeUnixNano = 0n;
  let name = "";
  let dropped = 0;
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x09) timeUnixNano = reader.fixed64();
    else if (tag === 0x12) name = reader.text(end);
    else if (tag === 0x1a) readKeyValue(reader, end, attributes, run);
    else if (tag === 0x20) dropped = reader.varint();
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
  return { timeUnixNano, name, attributes, ...(dropped > 0 ? { droppedAttributesCount: dropped } : {}) };
}

function readLink(reader: ProtobufReader, end: number, run: DecodeRun): SpanLink {
  const attributes: AttributeTarget = {};
  const link = { traceId: "", spanId: "", traceState: "", flags: 0, droppedAttributesCount: 0 };
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x0a) link.traceId = reader.hex(end);
    else if (tag === 0x12) link.spanId = reader.hex(end);
    else if (tag === 0x1a) link.traceState = reader.text(end);
    else if (tag === 0x22) readKeyValue(reader, end, attributes, run);
    else if (tag === 0x28) link.droppedAttributesCount = reader.varint();
    else if (tag === 0x35) link.flags = reader.fixed32();
    else reader.skip(tag & 7, end);
  }
  reader.leave(end);
  return toLink(link, attributes);
}

/** Leaves out what was not sent, so that both encodings of a link give the same. */
export function toLink(
  link: {
    traceId: string;
    spanId: string;
    traceState: string;
    flags: number;
    droppedAttributesCount: number;
  },
  attributes: AttributeTarget,
): SpanLink {
  return {
    traceId: link.traceId,
    spanId: link.spanId,
    attributes,
    ...(link.traceState === "" ? {} : { traceState: link.traceState }),
    ...(link.flags === 0 ? {} : { flags: link.flags }),
    ...(link.droppedAttributesCount === 0 ? {} : { droppedAttributesCount: link.droppedAttributesCount }),
  };
}

/** Judges a span and finishes it: true when it is taken, else the reason is counted on the run. */
export function acceptSpan(span: DraftSpan, run: DecodeRun): boolean {
  const reason = spanProblem(span, run);
  run.isTooDeep = false;
  if (reason !== undefined) {
    run.refuse(reason);
    return false;
  }
  const policy = run.context.policy;
  if (isZero(span.parentSpanId)) span.parentSpanId = "";
  const attributes = span.attributes as AttributeTarget;
  span.name = policy.finishSpan(attributes, span.kind, span.name);
  if (span.kind === "server" && attributes["http.route"] === undefined) {
    const route = routeOfName(span.name, span.scopeName, attributes);
    if (route !== undefined) attributes["http.route"] = route;
  }
  span.statusMessage = policy.prose(span.statusMessage);
  return true;
}

function spanProblem(span: DraftSpan, run: DecodeRun) {
  if (span.traceId.length !== 32 || isZero(span.traceId)) return "invalid_trace_id";
  if (span.spanId.length !== 16 || isZero(span.spanId)) return "invalid_span_id";
  if (span.parentSpanId !== "" && span.parentSpanId.length !== 16) return "invalid_parent_id";
  if (run.isTooDeep) return "attributes_too_deep";
  const problem = run.timeProblem(span.startUnixNano) ?? run.timeProblem(span.endUnixNano);
  // It would count as the fastest of all requests.
  return problem ?? (span.endUnixNano < span.startUnixNano ? "ends_before_start" : undefined);
}

/** Whether an id is all zero. The first digit tells nearly always. */
export function isZero(id: string): boolean {
  return id.charCodeAt(0) === 0x30 && /^0+$/.test(id);
}
