/** An OTLP attribute value after decoding. 64-bit integers beyond 2^53 are kept as decimal text; bytes as base64 text. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

export type Attributes = Readonly<Record<string, AttributeValue>>;

export type SpanKind = "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";

/** The sender of a batch: the OTLP resource, decoded once and shared by all its spans, points and log records. */
export interface ResourceRecord {
  readonly service: string;
  readonly namespace: string;
  readonly environment: string;
  readonly instance: string | undefined;
  readonly version: string | undefined;
  readonly attributes: Attributes;
}

/** The library that made a span, point or log record, shared by all it sent in one batch. */
export interface ScopeRecord {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: Attributes;
}

export interface SpanEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: Attributes;
  /** What the sender itself dropped; absent means none. */
  readonly droppedAttributesCount?: number;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
  readonly traceState?: string;
  readonly flags?: number;
  readonly droppedAttributesCount?: number;
}

/** What the sender itself dropped from a span, by its own limits. */
export interface DroppedCounts {
  readonly attributes: number;
  readonly events: number;
  readonly links: number;
}

/**
 * One span as every room after ingest sees it: decoded, with SQL literals and secrets already removed and the older HTTP and
 * database attribute names already mapped to the stable ones. What OTLP carries is kept whole; nothing is rounded.
 */
export interface SpanRecord {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** 16 lower-case hex digits, or "" for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly statusCode: "unset" | "ok" | "error";
  readonly statusMessage: string;
  readonly resource: ResourceRecord;
  readonly scopeName: string;
  /** Ingest and store always set it; hand-made spans in tests may leave it out. */
  readonly scope?: ScopeRecord | undefined;
  /** Undefined where nothing was dropped, which is the usual case. */
  readonly dropped?: DroppedCounts | undefined;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** When this observer accepted it, ms since the epoch. */
  readonly receivedAtMs: number;
}

/** Duration in ms as a float; negative when a sender's clock went back. */
export function spanDurationMs(span: SpanRecord): number {
  return Number(span.endUnixNano - span.startUnixNano) / 1e6;
}
