import type { Diagnosis } from "../../diagnosis/diagnosis.ts";
import { toTreeOfRecords } from "../../diagnosis/trace-summary.ts";
import { type LogRecord, logTimeMs } from "../../store/log-record.ts";
import type { Store } from "../../store/store.ts";
import type { LogRecordView } from "../api/span-view.ts";
import type { TraceQueries } from "../api/traces.routes.ts";

/** Traces and their logs as stored, and what the detectors say of them now. */
export function createTraceQueries(
  store: Pick<Store, "traceStore" | "getTraceLogs">,
  explain: Diagnosis["explain"],
  now: () => number,
): TraceQueries {
  return {
    getTrace: (traceId) => store.traceStore.getTrace(traceId),
    searchTraces: (search) => store.traceStore.searchTraces(search),
    explain: (spans) => explain(toTreeOfRecords(spans), now()),
    getTraceLogs: async (traceId) => (await store.getTraceLogs(traceId)).map(toLogView),
  };
}

function toLogView(log: LogRecord): LogRecordView {
  return {
    time: new Date(logTimeMs(log)).toISOString(),
    service: log.resource.service,
    severity: log.severityText === "" ? severityOf(log.severityNumber) : log.severityText,
    body: log.body,
    spanId: log.spanId === "" ? null : log.spanId,
    attributes: { ...log.attributes },
  };
}

const severityNames = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const;

/** @source OpenTelemetry logs data model, severity ranges of four numbers each, from 1 on */
function severityOf(severityNumber: number): string {
  return severityNames[Math.floor((severityNumber - 1) / 4)] ?? "UNSPECIFIED";
}
