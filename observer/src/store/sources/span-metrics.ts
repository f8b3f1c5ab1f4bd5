import type { MetricName, SpanInput } from "../../signals/signal-definition.ts";

/**
 * What the collector's span_metrics connector makes of spans, for stores that keep metrics only. Its dimensions in
 * `otel-collector/` must hold every attribute named here and in the inputs of spans.
 */
export const spanDurations: MetricName = { name: "traces.span.metrics.duration", unit: "s", scale: 1000 };

export const spanKindAttribute = "span.kind";
export const spanStatusAttribute = "status.code";
export const errorStatus = "STATUS_CODE_ERROR";

export function toSpanKindValue(kind: SpanInput["spanKinds"][number]): string {
  return `SPAN_KIND_${kind.toUpperCase()}`;
}

/** A statement is no dimension: it has too many values. Whoever sends one names its system too. */
const replacedAttributes: ReadonlyMap<string, string> = new Map([["db.query.text", "db.system.name"]]);

/** The dimension that shows what an attribute of a span would. */
export function toSpanDimension(attribute: string): string {
  return replacedAttributes.get(attribute) ?? attribute;
}
