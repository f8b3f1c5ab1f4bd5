import type { Attributes, AttributeValue, ResourceRecord, ScopeRecord } from "./span-record.ts";

/** One log record or event as every room after ingest sees it, with secrets and obvious personal data already removed. */
export interface LogRecord {
  /** 0n where the sender names none; `observedUnixNano` then tells the time. */
  readonly timeUnixNano: bigint;
  readonly observedUnixNano: bigint;
  /** 1..24 as OpenTelemetry counts (9 is INFO, 17 ERROR); 0 where unspecified. */
  readonly severityNumber: number;
  readonly severityText: string;
  /** Empty for an ordinary log record. */
  readonly eventName: string;
  readonly body: AttributeValue;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
  readonly flags: number;
  /** 32 and 16 lower-case hex digits, or "" where the record was written outside of a span. */
  readonly traceId: string;
  readonly spanId: string;
  readonly resource: ResourceRecord;
  readonly scope: ScopeRecord;
  readonly receivedAtMs: number;
}

/** Event time in ms since the epoch: the record's own time, else when it was observed. */
export function logTimeMs(log: LogRecord): number {
  return Number(log.timeUnixNano === 0n ? log.observedUnixNano : log.timeUnixNano) / 1e6;
}
