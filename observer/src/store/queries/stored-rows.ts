import type { DuckDBResultReader } from "@duckdb/node-api";
import type { LogRecord } from "../log-record.ts";
import type { Exemplar, MetricKind, MetricRecord, PointRecord, PointValue } from "../point-record.ts";
import type { RecordKind } from "../segments/segment-schema.ts";
import type {
  ResourceRecord,
  ScopeRecord,
  SpanEvent,
  SpanKind,
  SpanLink,
  SpanRecord,
} from "../span-record.ts";

/** One stored row: its columns in the order of `storedColumns`, as DuckDB gives them. Plain, so that it can cross threads. */
export type StoredRow = readonly (string | number | bigint | boolean | null)[];

/** What is read to make a record again, per kind. */
export const storedColumns: Readonly<Record<RecordKind, string>> = {
  spans:
    "resource, scope, received_ms, trace_id, span_id, parent_span_id, name, kind, status, flags, start_ns, end_ns, attributes, extras",
  points:
    "resource, scope, received_ms, metric, description, unit, kind, temporality, monotonic, start_ns, time_ns, flags, value, attributes, detail, exemplars",
  logs: "resource, scope, received_ms, trace_id, span_id, time_ns, observed_ns, severity_number, severity_text, event_name, flags, dropped_attributes, body, attributes",
};

export function toStoredRows(reader: DuckDBResultReader): StoredRow[] {
  return reader.getRowsJS() as unknown as StoredRow[];
}

/** Makes records of stored rows. Resources, scopes and metrics that are equal become the same object, as ingest gives them. */
export class RecordReader {
  readonly #objects = new Map<string, unknown>();

  toSpan(row: StoredRow): SpanRecord {
    const [
      resource,
      scope,
      receivedMs,
      traceId,
      spanId,
      parentSpanId,
      name,
      kind,
      status,
      flags,
      start,
      end,
      attributes,
      extras,
    ] = row;
    const scopeRecord = this.#shared<ScopeRecord>(scope);
    const rare = extras === "" ? undefined : toExtras(String(extras));
    return {
      traceId: String(traceId),
      spanId: String(spanId),
      parentSpanId: String(parentSpanId),
      traceState: rare?.traceState ?? "",
      flags: Number(flags),
      name: String(name),
      kind: kind as SpanKind,
      startUnixNano: start as bigint,
      endUnixNano: end as bigint,
      statusCode: status as SpanRecord["statusCode"],
      statusMessage: rare?.statusMessage ?? "",
      resource: this.#shared<ResourceRecord>(resource),
      scopeName: scopeRecord.name,
      scope: scopeRecord,
      dropped: rare?.dropped,
      attributes: JSON.parse(String(attributes)),
      events: rare?.events ?? [],
      links: rare?.links ?? [],
      receivedAtMs: Number(receivedMs),
    };
  }

  toPoint(row: StoredRow): PointRecord {
    const [
      resource,
      scope,
      receivedMs,
      name,
      description,
      unit,
      kind,
      temporality,
      monotonic,
      start,
      time,
      flags,
    ] = row;
    const [value, attributes, detail, exemplars] = row.slice(12);
    const metric = { name, description, unit, kind, temporality, monotonic };
    return {
      metric: this.#shared<MetricRecord>(JSON.stringify(metric)),
      resource: this.#shared<ResourceRecord>(resource ?? ""),
      scope: this.#shared<ScopeRecord>(scope ?? ""),
      attributes: JSON.parse(String(attributes)),
      startUnixNano: start as bigint,
      timeUnixNano: time as bigint,
      flags: Number(flags),
      value: toValue(kind as MetricKind, value ?? null, String(detail)),
      exemplars: exemplars === "" ? [] : JSON.parse(String(exemplars), reviveExemplar),
      receivedAtMs: Number(receivedMs),
    };
  }

  toLog(row: StoredRow): LogRecord {
    const [
      resource,
      scope,
      receivedMs,
      traceId,
      spanId,
      time,
      observed,
      severityNumber,
      severityText,
      eventName,
    ] = row;
    const [flags, dropped, body, attributes] = row.slice(10);
    return {
      timeUnixNano: time as bigint,
      observedUnixNano: observed as bigint,
      severityNumber: Number(severityNumber),
      severityText: String(severityText),
      eventName: String(eventName),
      body: JSON.parse(String(body)),
      attributes: JSON.parse(String(attributes)),
      droppedAttributesCount: Number(dropped),
      flags: Number(flags),
      traceId: String(traceId),
      spanId: String(spanId),
      resource: this.#shared<ResourceRecord>(resource ?? ""),
      scope: this.#shared<ScopeRecord>(scope ?? ""),
      receivedAtMs: Number(receivedMs),
    };
  }

  #shared<T>(json: StoredRow[number] | undefined): T {
    const text = String(json);
    const known = this.#objects.get(text);
    if (known !== undefined) return known as T;
    const parsed: T & { instance?: string; version?: string; service?: string } = JSON.parse(text);
    // JSON leaves out what is undefined; a resource always has both fields.
    const whole =
      parsed.service === undefined
        ? parsed
        : { ...parsed, instance: parsed.instance, version: parsed.version };
    if (this.#objects.size > 10_000) this.#objects.clear();
    this.#objects.set(text, whole);
    return whole;
  }
}

interface Extras {
  readonly traceState: string;
  readonly statusMessage: string;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly dropped?: SpanRecord["dropped"];
}

function toExtras(json: string): Extras {
  const parsed: Extras = JSON.parse(json);
  return {
    ...parsed,
    events: parsed.events.map((event) => ({ ...event, timeUnixNano: BigInt(event.timeUnixNano) })),
  };
}

function toValue(kind: MetricKind, value: StoredRow[number], detail: string): PointValue {
  if (detail !== "") return JSON.parse(detail, reviveNumber);
  const isNumber = kind === "gauge" || kind === "sum";
  return isNumber ? { kind: "number", value: value === null ? Number.NaN : Number(value) } : { kind: "none" };
}

function reviveNumber(_key: string, value: unknown): unknown {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  return value;
}

function reviveExemplar(this: unknown, key: string, value: unknown): unknown {
  if (key === "timeUnixNano") return BigInt(String(value));
  return key === "value" ? (reviveNumber(key, value) as Exemplar["value"]) : value;
}
