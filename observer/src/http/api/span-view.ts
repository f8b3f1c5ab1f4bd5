import { z } from "zod";
import { type SpanRecord, spanDurationMs } from "../../store/span-record.ts";
import type { spanSchema } from "./schemas.ts";

export const logRecordSchema = z.object({
  time: z.string(),
  service: z.string(),
  severity: z.string(),
  body: z.unknown(),
  spanId: z.string().nullable(),
  attributes: z.record(z.string(), z.unknown()),
});

export type LogRecordView = z.infer<typeof logRecordSchema>;

/** A span as the API shows it: 64-bit times as text, ids as lower-case hex. */
export function toSpanView(span: SpanRecord): z.infer<typeof spanSchema> {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === "" ? null : span.parentSpanId,
    service: span.resource.service,
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: String(span.startUnixNano),
    endTimeUnixNano: String(span.endUnixNano),
    durationMs: spanDurationMs(span),
    status: { code: span.statusCode, message: span.statusMessage },
    scope: span.scopeName,
    resource: { ...span.resource.attributes },
    attributes: { ...span.attributes },
    events: span.events.map((event) => ({
      timeUnixNano: String(event.timeUnixNano),
      name: event.name,
      attributes: { ...event.attributes },
    })),
    links: span.links.map((link) => ({ ...link, attributes: { ...link.attributes } })),
  };
}
