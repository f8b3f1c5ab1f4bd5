import type { ResourceRecord, ScopeRecord, SpanRecord } from "../store/span-record.ts";
import type { AttributeTarget } from "./attribute-policy.ts";
import type { DecodeRun } from "./decode-context.ts";
import { acceptSpan, type DraftSpan, draftSpan, spanKinds, statusCodes, toLink } from "./decode-traces.ts";
import {
  besideUnixNano,
  count,
  enumValue,
  hexId,
  type JsonObject,
  object,
  objects,
  text,
  unixNano,
} from "./json-input.ts";
import { eachItem, readJsonAttributes } from "./json-values.ts";

/**
 * Reads an `ExportTraceServiceRequest` in OTLP's JSON: ids in hex, 64-bit numbers as text or number, enums as number or name.
 *
 * @throws MalformedError when a field is not of the type that the protocol gives it
 */
export function readJsonTraces(body: JsonObject, run: DecodeRun): SpanRecord[] {
  const spans: SpanRecord[] = [];
  const names = { resources: "resourceSpans", scopes: "scopeSpans", items: "spans" };
  eachItem(body, names, run, (item, resource, scope) => {
    if (resource === undefined) run.refuse("too_many_senders");
    else {
      const span = readSpan(item, run, resource, scope);
      if (acceptSpan(span, run)) spans.push(span);
    }
  });
  return spans;
}

function readSpan(item: JsonObject, run: DecodeRun, resource: ResourceRecord, scope: ScopeRecord): DraftSpan {
  const span = draftSpan(resource, scope, run.receivedAtMs);
  const attributes: AttributeTarget = {};
  const status = object(item.status, "status");
  span.traceId = hexId(item.traceId, "traceId");
  span.spanId = hexId(item.spanId, "spanId");
  span.parentSpanId = hexId(item.parentSpanId, "parentSpanId");
  span.traceState = text(item.traceState, "traceState");
  span.flags = count(item.flags, "flags");
  span.name = text(item.name, "name");
  span.kind = enumValue(item.kind, spanKinds, "SPAN_KIND_");
  span.startUnixNano = unixNano(item.startTimeUnixNano, "startTimeUnixNano");
  span.endUnixNano = unixNano(item.endTimeUnixNano, "endTimeUnixNano");
  span.statusCode = enumValue(status.code, statusCodes, "STATUS_CODE_");
  span.statusMessage = text(status.message, "status.message");
  run.context.policy.begin();
  readJsonAttributes(item.attributes, "attributes", attributes, run);
  span.attributes = attributes;
  span.events = objects(item.events, "events").map((event) => readEvent(event, run));
  span.links = objects(item.links, "links").map((link) => readLink(link, run));
  const dropped = {
    attributes: count(item.droppedAttributesCount, "droppedAttributesCount"),
    events: count(item.droppedEventsCount, "droppedEventsCount"),
    links: count(item.droppedLinksCount, "droppedLinksCount"),
  };
  if (dropped.attributes + dropped.events + dropped.links > 0) span.dropped = dropped;
  return span;
}

function readEvent(event: JsonObject, run: DecodeRun) {
  const attributes: AttributeTarget = {};
  readJsonAttributes(event.attributes, "event.attributes", attributes, run);
  const dropped = count(event.droppedAttributesCount, "droppedAttributesCount");
  return {
    timeUnixNano: besideUnixNano(event.timeUnixNano, "event.timeUnixNano"),
    name: text(event.name, "event.name"),
    attributes,
    ...(dropped > 0 ? { droppedAttributesCount: dropped } : {}),
  };
}

function readLink(link: JsonObject, run: DecodeRun) {
  const attributes: AttributeTarget = {};
  readJsonAttributes(link.attributes, "link.attributes", attributes, run);
  const fields = {
    traceId: hexId(link.traceId, "link.traceId"),
    spanId: hexId(link.spanId, "link.spanId"),
    traceState: text(link.traceState, "link.traceState"),
    flags: count(link.flags, "link.flags"),
    droppedAttributesCount: count(link.droppedAttributesCount, "link.droppedAttributesCount"),
  };
  return toLink(fields, attributes);
}
