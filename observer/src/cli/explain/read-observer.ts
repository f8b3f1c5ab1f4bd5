import { z } from "zod";
import type { FingerprintedDetection, Silence } from "../../diagnosis/finding.ts";
import { findingSchema, spanSchema } from "../../http/api/schemas.ts";
import type { Attributes, AttributeValue, SpanRecord } from "../../store/span-record.ts";

export type FindingView = z.infer<typeof findingSchema>;
type SpanView = z.infer<typeof spanSchema>;

const traceSchema = z.object({
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

/** Why the observer gave no answer that can be shown. `unknown`: it has no such trace or finding. */
export class ObserverAnswerError extends Error {
  readonly reason: "unknown" | "away" | "malformed";

  constructor(reason: ObserverAnswerError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
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

async function readJson(url: string, timeoutMs: number): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: { accept: "application/json" },
    });
  } catch (cause) {
    const why =
      cause instanceof Error
        ? cause.cause instanceof Error
          ? cause.cause.message
          : cause.message
        : String(cause);
    throw new ObserverAnswerError("away", why, { cause });
  }
  if (response.status === 404) throw new ObserverAnswerError("unknown", "not found");
  if (!response.ok) throw new ObserverAnswerError("away", `it answered ${response.status}`);
  return response.json().catch((cause: unknown) => {
    throw new ObserverAnswerError("malformed", "it did not answer in JSON", { cause });
  });
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ObserverAnswerError("malformed", z.prettifyError(parsed.error));
}

/**
 * Reads a trace with its explanation from a running observer.
 *
 * @throws ObserverAnswerError
 */
export async function readExplainedTrace(
  observerUrl: string,
  traceId: string,
  timeoutMs: number,
): Promise<ExplainedTrace & { json: unknown }> {
  const json = await readJson(`${observerUrl}/api/v1/traces/${traceId}?explain=true`, timeoutMs);
  const { spans, detections, silences } = parse(traceSchema, json);
  return {
    json,
    spans: spans.map(toSpanRecord),
    // What the printer reads was checked above; the names of detectors are the observer's own.
    detections: detections as unknown as readonly FingerprintedDetection[],
    silences: silences as readonly Silence[],
  };
}

/** @throws ObserverAnswerError */
export async function readFinding(
  observerUrl: string,
  fingerprint: string,
  timeoutMs: number,
): Promise<FindingView> {
  return parse(findingSchema, await readJson(`${observerUrl}/api/v1/findings/${fingerprint}`, timeoutMs));
}
