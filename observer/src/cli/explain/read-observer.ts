import { z } from "zod";
import type { FingerprintedDetection, Silence } from "../../diagnosis/finding.ts";
import { findingSchema } from "../../http/api/finding-view.ts";
import { spanSchema } from "../../http/api/schemas.ts";
import type { Attributes, AttributeValue, SpanRecord } from "../../store/span-record.ts";
import { type ObserverAddress, readObserver } from "../observer-client.ts";

export type FindingView = z.infer<typeof findingSchema>;
type SpanView = z.infer<typeof spanSchema>;

const traceSchema = z.looseObject({
  traceId: z.string(),
  spans: z.array(spanSchema),
  detections: z.array(
    z.looseObject({
      fingerprint: z.string(),
      detector: z.string(),
      title: z.string(),
      recommendation: z.string(),
      place: z.string(),
      statement: z.string().optional(),
      evidenceSpanIds: z.array(z.string()),
    }),
  ),
  silences: z.array(z.object({ detector: z.string(), reason: z.string() })),
});

export interface ExplainedTrace {
  readonly spans: readonly SpanRecord[];
  readonly detections: readonly FingerprintedDetection[];
  readonly silences: readonly Silence[];
}

const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;

function text(attributes: Attributes, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === "string" ? value : undefined;
}

function toSpanRecord(view: SpanView): SpanRecord {
  const resource = view.resource as Attributes;
  return {
    traceId: view.traceId,
    spanId: view.spanId,
    parentSpanId: view.parentSpanId ?? "",
    traceState: "",
    flags: 0,
    name: view.name,
    kind: kinds.find((kind) => kind === view.kind) ?? "unspecified",
    startUnixNano: BigInt(view.startTimeUnixNano),
    endUnixNano: BigInt(view.endTimeUnixNano),
    statusCode: view.status.code,
    statusMessage: view.status.message,
    resource: {
      service: view.service,
      namespace: text(resource, "service.namespace") ?? "",
      environment: text(resource, "deployment.environment.name") ?? "default",
      instance: text(resource, "service.instance.id"),
      version: text(resource, "service.version"),
      attributes: resource,
    },
    scopeName: view.scope,
    attributes: view.attributes as Record<string, AttributeValue>,
    events: [],
    links: [],
    receivedAtMs: 0,
  };
}

/**
 * Reads a trace with its explanation from a running observer.
 *
 * @throws ObserverError
 */
export async function readExplainedTrace(
  observer: ObserverAddress,
  traceId: string,
  timeoutMs: number,
): Promise<ExplainedTrace & { json: unknown }> {
  const path = `/api/v1/traces/${traceId}?explain=true`;
  const json = await readObserver(observer, path, traceSchema, timeoutMs);
  const { spans, detections, silences } = json;
  return {
    json,
    spans: spans.map(toSpanRecord),
    // What the printer reads was checked above; the names of detectors are the observer's own.
    detections: detections as unknown as readonly FingerprintedDetection[],
    silences: silences as readonly Silence[],
  };
}

/** @throws ObserverError */
export async function readFinding(
  observer: ObserverAddress,
  fingerprint: string,
  timeoutMs: number,
): Promise<FindingView> {
  return readObserver(observer, `/api/v1/findings/${fingerprint}`, findingSchema, timeoutMs);
}
